//! One query over UDP, on a connected socket of its own: so a closed port shows, and so the socket can stay open for a
//! second answer that contradicts the first.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::time::timeout_at;

use crate::evidence::dns::DnsOutcome;
use crate::evidence::{Failure, FailureKind, Ms, Operation};
use crate::probe::sys;

use super::board::{Board, Plan, Trouble};
use super::message::{Misfit, Question, Reply};
use super::stream;

/// Starts a query; its number on the board.
pub(super) fn start(board: &Arc<Board>, plan: Plan) -> usize {
    let number = board.open(&plan);
    let task = Arc::clone(board);
    board.spawn(async move { ask(&task, number, &plan).await });
    number
}

async fn ask(board: &Arc<Board>, number: usize, plan: &Plan) {
    let Some(question) = Question::new(&plan.name, plan.record) else {
        let detail = "the name has a part that DNS cannot carry";
        let failure = Failure::new(FailureKind::DnsMalformed, Operation::Resolve, detail);
        return board.fail(number, Trouble { outcome: DnsOutcome::Unreachable, failure }, None);
    };
    let opened = Instant::now();
    let socket = match connect(plan.address).await {
        Ok(socket) => socket,
        Err(error) => return board.fail(number, unreachable(&error), Some(opened)),
    };
    Exchange { board, number, plan, question, socket, misfit: None }.run().await;
}

struct Exchange<'a> {
    board: &'a Arc<Board>,
    number: usize,
    plan: &'a Plan,
    question: Question,
    socket: UdpSocket,
    /// Something came that was no answer.
    misfit: Option<(&'static str, Instant)>,
}

impl Exchange<'_> {
    async fn run(mut self) {
        let mut edns = true;
        if !self.send(edns) {
            return;
        }
        let until = self.plan.until;
        let mut buffer = vec![0; usize::from(u16::MAX)];
        let interval = self.board.timing.resend;
        // What is sent must have the time to be answered as well.
        let next = || Some(Instant::now() + interval).filter(|at| *at + interval / 2 < until);
        let mut resend = next();
        loop {
            match self.next(&mut buffer, resend.unwrap_or(until)).await {
                Next::Reply(reply, _) if reply.rejects_edns && edns => {
                    (edns, resend) = (false, None);
                    if !self.send(edns) {
                        return;
                    }
                }
                Next::Reply(reply, at) => return self.answered(&mut buffer, reply, at).await,
                Next::Nothing if resend.is_some() => {
                    // The later ones go without EDNS, in case that is what something on the way drops.
                    resend = next();
                    if !self.send(false) {
                        return;
                    }
                }
                Next::Nothing => return self.silent(),
                Next::Failed(error, at) => {
                    let trouble = if error.kind() == io::ErrorKind::ConnectionRefused {
                        stream::refused(&error)
                    } else {
                        unreachable(&error)
                    };
                    return self.board.fail(self.number, trouble, Some(at));
                }
            }
        }
    }

    fn send(&self, edns: bool) -> bool {
        let bytes = self.question.bytes(edns);
        // Taken before the call: on loopback the answer can be there before `send` returns.
        let at = Instant::now();
        // Past tokio: it would first wait to hear from the system that a socket just made can be written to.
        match socket2::SockRef::from(&self.socket).send(&bytes) {
            Ok(_) => {
                self.board.sent(self.number, at);
                true
            }
            Err(error) => {
                self.board.fail(self.number, unreachable(&error), Some(Instant::now()));
                false
            }
        }
    }

    async fn answered(&mut self, buffer: &mut [u8], reply: Reply, at: Instant) {
        let truncated = reply.truncated;
        if truncated {
            // On the board before the cut-off answer is, so that nobody takes that for the whole.
            let by = stream::start_tcp(self.board, self.plan.over_tcp());
            self.board.replace(self.number, by);
        }
        self.board.answer(self.number, reply, at, !truncated);
        if truncated {
            return;
        }
        let until = (at + self.board.timing.listen).min(self.board.run.deadline());
        while let Next::Reply(reply, at) = self.next(buffer, until).await {
            self.board.late(self.number, &reply, at);
        }
        self.board.close(self.number);
    }

    /// The next message that answers the question.
    async fn next(&mut self, buffer: &mut [u8], until: Instant) -> Next {
        loop {
            let received = timeout_at(until.into(), self.socket.recv(buffer)).await;
            let at = sys::arrival(&self.socket).filter(|_| matches!(received, Ok(Ok(_)))).unwrap_or_else(Instant::now);
            match received {
                Err(_) => return Next::Nothing,
                Ok(Err(error)) => return Next::Failed(error, at),
                Ok(Ok(length)) => match self.question.read(&buffer[..length]) {
                    Ok(reply) => return Next::Reply(reply, at),
                    Err(Misfit::Foreign) => {}
                    Err(Misfit::Unreadable(why)) => self.misfit = Some((why, at)),
                },
            }
        }
    }

    fn silent(&self) {
        match self.misfit {
            Some((why, at)) => {
                let failure = Failure::new(FailureKind::DnsMalformed, Operation::Resolve, why);
                self.board.fail(self.number, Trouble { outcome: DnsOutcome::Malformed, failure }, Some(at));
            }
            None => self.board.fail(self.number, stream::silence(self.board, self.number), None),
        }
    }
}

enum Next {
    Reply(Reply, Instant),
    Nothing,
    Failed(io::Error, Instant),
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let any = match address.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(address).await?;
    // Nothing has come yet: this switches the stamps on.
    let _ = sys::arrival(&socket);
    Ok(socket)
}

fn unreachable(error: &io::Error) -> Trouble {
    Trouble { outcome: DnsOutcome::Unreachable, failure: Failure::io(error, Operation::Resolve) }
}

/// Time since a query went out, for the words of a timeout.
pub(super) fn waited(started: Instant) -> Ms {
    Ms(Ms::from(started.elapsed()).0.round())
}
