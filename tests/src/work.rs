//! What a thing costs, whatever else the machine does.

use std::time::Duration;

use cpu_time::ThreadTime;

/// The processor time that this thread took for the cheapest of three runs.
pub fn work(mut run: impl FnMut()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..3 {
        let begun = ThreadTime::now();
        run();
        least = least.min(begun.elapsed());
    }
    least
}

/// Whether ten times as much of something costs no more than about ten times as much work, and not
/// the hundred times of what looks at each of them for each.
///
/// # Panics
///
/// It costs more.
#[allow(clippy::panic)] // for tests
pub fn grows_by_ten(what: &str, few: Duration, many: Duration) {
    // A millisecond is within what every request costs.
    let most = (few + Duration::from_millis(1)) * 30;
    assert!(many <= most, "{what}: {few:?}, and ten times: {many:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at each of so many for each of them, or once.
    fn look(count: u64, for_each: bool) -> Duration {
        work(|| {
            let rounds = if for_each { count } else { 1_000 };
            let sum = (0..rounds).flat_map(|round| (0..count).map(move |number| number ^ round));
            std::hint::black_box(sum.fold(0, u64::wrapping_add));
        })
    }

    #[test]
    fn what_grows_with_its_size_passes() {
        grows_by_ten("sums", look(400, false), look(4_000, false));
    }

    #[test]
    #[should_panic(expected = "pairs: ")]
    fn what_grows_with_its_square_does_not() {
        grows_by_ten("pairs", look(400, true), look(4_000, true));
    }
}
