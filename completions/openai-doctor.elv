
set edit:completion:arg-completer[openai-doctor] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) OPENAI_DOCTOR_COMPLETE="elvish" openai-doctor -- $@words) | to-lines
}

