//! The end of a service, as the operating system asks for it.

#[cfg(unix)]
use futures_util::future::select;

/// Ready when the process is asked to stop: by Ctrl-C, or on Unix by SIGTERM. Signals count from
/// this call on, not from the first poll, so call it before telling anyone that the server is up.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let wait = |kind| {
            let signal = signal(kind);
            Box::pin(async move {
                match signal {
                    Ok(mut signal) => drop(signal.recv().await),
                    // What can't be waited for still ends the process, as it does by default.
                    Err(_) => std::future::pending().await,
                }
            })
        };
        let (interrupt, terminate) = (wait(SignalKind::interrupt()), wait(SignalKind::terminate()));
        async move {
            select(interrupt, terminate).await;
        }
    }
    #[cfg(not(unix))]
    {
        let interrupt = tokio::signal::windows::ctrl_c();
        async move {
            match interrupt {
                Ok(mut interrupt) => drop(interrupt.recv().await),
                Err(_) => std::future::pending().await,
            }
        }
    }
}
