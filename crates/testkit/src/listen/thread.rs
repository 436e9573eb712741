use std::future::Future;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::{Listen, Stream};

/// How a server meets those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// They are served.
    Open,
    /// The operating system takes them, the server does not.
    Held,
    /// They are refused, and who was inside is put out.
    Closed,
}

struct Turn {
    door: Door,
    done: Sender<Result<(), String>>,
}

/// A thread with a runtime that serves one listener. Dropping it ends all of its connections.
#[derive(Debug)]
pub(crate) struct Server {
    turns: Option<UnboundedSender<Turn>>,
    ended: Receiver<()>,
}

/// Nothing that the thread does between two turns takes this long.
const PATIENCE: Duration = Duration::from_secs(10);

impl Server {
    /// Starts to serve: `serve` is called for every connection.
    ///
    /// # Panics
    /// If the listener, the thread or its runtime can't be had.
    pub(crate) fn start<S, F>(name: &str, listener: impl Listen + 'static, serve: S) -> Self
    where
        S: Fn(Box<dyn Stream>) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (turns, next) = unbounded_channel();
        let (end, ended) = channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime for the fake server");
        let run = move || {
            runtime.block_on(accept(listener, serve, next));
            drop(runtime);
            // Nobody waits any more if the server's owner lost its patience.
            let _ = end.send(());
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
        drop(thread.expect("a thread for the fake server"));
        let server = Self { turns: Some(turns), ended };
        server.turn(Door::Open);
        server
    }

    /// Turns the door, and returns when it is done.
    ///
    /// # Panics
    /// If the address can no longer be had, or the thread does not answer within 10 s.
    pub(crate) fn turn(&self, door: Door) {
        let (done, wait) = channel();
        let turns = self.turns.as_ref().expect("taken at drop alone");
        assert!(turns.send(Turn { door, done }).is_ok(), "the fake server's thread has ended");
        match wait.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("the fake server cannot be {door:?}: {error}"),
            Err(error) => panic!("the fake server does not answer: {error}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.turns = None;
        // The thread ends at its next turn to its loop; a test need not wait for more than that.
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

async fn accept<S, F>(mut listener: impl Listen, serve: S, mut turns: UnboundedReceiver<Turn>)
where
    S: Fn(Box<dyn Stream>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut door = Door::Closed;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            turn = turns.recv() => {
                let Some(turn) = turn else { return };
                door = turn.door;
                let turned = if door == Door::Closed {
                    let closed = listener.close();
                    connections.shutdown().await;
                    closed
                } else {
                    listener.open()
                };
                // Nobody waits any more if the server's owner lost its patience.
                let _ = turn.done.send(turned.map_err(|error| error.to_string()));
            }
            stream = listener.accept(), if door == Door::Open => {
                match stream {
                    Ok(stream) => drop(connections.spawn(serve(stream))),
                    // It ended before it was accepted, or there are too many files open.
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
