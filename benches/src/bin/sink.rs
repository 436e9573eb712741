//! `sink`: a receiver of OTLP that reads and forgets. In a process of its own, so that its work
//! counts to neither side.
//!
//! Prints `address=ADDRESS`, then for every line of its input `requests=N bytes=N`: what has been
//! received since the line before. It ends with its input.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::convert::Infallible;
use std::io::{BufRead, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    thread::spawn(report);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report() {
    for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
        let [requests, bytes] = [&REQUESTS, &BYTES].map(|count| count.swap(0, Ordering::Relaxed));
        println!("requests={requests} bytes={bytes}");
        let _ = std::io::stdout().flush();
    }
    std::process::exit(0);
}

async fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("address={}", listener.local_addr()?);
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(stream), service_fn(take)).await;
        });
    }
}

type Answer = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

async fn take(mut request: Request<Incoming>) -> Result<Response<Answer>, hyper::Error> {
    while let Some(frame) = request.body_mut().frame().await {
        if let Ok(data) = frame?.into_data() {
            BYTES.fetch_add(data.len() as u64, Ordering::Relaxed);
        }
    }
    REQUESTS.fetch_add(1, Ordering::Relaxed);
    let is_grpc =
        request.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/grpc");
    let (content_type, body) = if is_grpc {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        // A message of no bytes, not compressed.
        let body = Full::new(Bytes::from_static(&[0; 5]));
        let body = body.with_trailers(async move { Some(Ok(trailers)) });
        ("application/grpc", body.boxed_unsync())
    } else {
        ("application/x-protobuf", Full::default().boxed_unsync())
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}
