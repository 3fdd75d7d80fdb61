//! Parse, run, exit code; nothing else.

fn main() -> std::process::ExitCode {
    openai_doctor::command::main()
}
