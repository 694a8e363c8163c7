//! The doors on their ports: every HTTP route behind one address, Spark Connect behind the other, both behind the login.

use crate::http_auth::{require_principal, require_principal_grpc};
use axum::Router;
use axum::middleware::from_fn_with_state;
use brickyard_auth::Auth;
use brickyard_error::{Failure, Result, codes};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// How long requests in flight may take to end once the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Binds an address; the real one is the listener's.
pub async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let text = format!("cannot listen on {address}: {error}; choose another address with {flag}");
        Failure::new(&codes::server::ADDRESS_IN_USE, text).because(error)
    })
}

/// Serves HTTP until the token is cancelled.
pub async fn serve_http(listener: TcpListener, routes: Router, auth: Auth, stop: CancellationToken) -> Result<()> {
    use axum::serve::ListenerExt;
    let routes = routes.layer(from_fn_with_state(auth, require_principal));
    // Answers are small: waiting to fill a packet would cost more than it saves.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    within_grace(stop, served.into_future()).await
}

/// Serves gRPC until the token is cancelled.
pub async fn serve_grpc(listener: TcpListener, routes: Routes, auth: Auth, stop: CancellationToken) -> Result<()> {
    let routes = routes.into_axum_router().layer(from_fn_with_state(auth, require_principal_grpc));
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    let served = tonic::transport::Server::builder()
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
    within_grace(stop, served).await
}

async fn within_grace<E>(stop: CancellationToken, served: impl Future<Output = Result<(), E>>) -> Result<()>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let over = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        outcome = served => outcome.map_err(|error| Failure::internal("serving").because(error)),
        () = over => Ok(()),
    }
}
