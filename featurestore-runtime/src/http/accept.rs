//! What a caller accepts, as RFC 9110 (section 12.5.1) has it: ranges of media types with weights.

use axum::http::{HeaderMap, header};

/// The header `accept`, whose lines are one list. What is no range says nothing.
#[derive(Debug)]
pub(super) struct Accept<'a>(Vec<Range<'a>>);

/// `text/plain;version=0.0.4;q=0.3`.
#[derive(Debug)]
struct Range<'a> {
    kind: &'a str,
    sub: &'a str,
    parameters: Vec<&'a str>,
    weight: u16,
}

/// How much a caller would have a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quality {
    /// From 0, not at all, to 1,000.
    pub(super) weight: u16,
    /// Whether it is called by its name, and not just not ruled out.
    pub(super) is_named: bool,
}

impl<'a> Accept<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT).iter();
        let ranges = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        Self(ranges.filter_map(Range::parse).collect())
    }

    /// Whether nothing is said, which accepts anything.
    #[cfg(any(feature = "mcp", test))]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much a media type is wanted: what the most exact range says of it, of equally exact ones
    /// the one that wants it most. `fits` looks at a range's parameters, each as it is written.
    pub(super) fn quality(&self, media_type: &str, fits: impl Fn(&str) -> bool) -> Quality {
        let (kind, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
        let ranges = self.0.iter().filter_map(|range| {
            let exact = range.covers(kind, sub)?;
            let fits = range.parameters.iter().all(|parameter| fits(parameter));
            fits.then_some((exact, range.weight))
        });
        let best = ranges.max();
        Quality {
            weight: best.map_or(0, |(_, weight)| weight),
            is_named: best.is_some_and(|(exact, _)| exact == 2),
        }
    }
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, sub) = parts.next()?.split_once('/')?;
        let mut range = Self {
            kind,
            sub,
            parameters: Vec::new(),
            weight: 1_000,
        };
        for part in parts.filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((name, weight)) if name.trim().eq_ignore_ascii_case("q") => {
                    range.weight = parse_weight(weight.trim())?;
                }
                _ => range.parameters.push(part),
            }
        }
        Some(range)
    }

    /// How exactly it names a media type: 2 by its name, 1 by its kind, 0 with all others.
    fn covers(&self, kind: &str, sub: &str) -> Option<u8> {
        match (self.kind, self.sub) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, own_sub) if own.eq_ignore_ascii_case(kind) => {
                own_sub.eq_ignore_ascii_case(sub).then_some(2)
            }
            _ => None,
        }
    }
}

/// A weight from 0 to 1 in thousandths.
fn parse_weight(text: &str) -> Option<u16> {
    let weight: f32 = text.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 1,000
    (0.0..=1.0)
        .contains(&weight)
        .then_some((weight * 1_000.0) as u16)
}
