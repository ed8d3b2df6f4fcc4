//! Sums, means and variances against school arithmetic.

use proptest::prelude::*;

use super::super::{Divisor, FloatMoments, FloatSum, IntegerMoments, IntegerSum};
use super::big::{Big, is_nearest};

/// Floats of all sizes, those that cancel, and those that stand next to half of a last place.
pub(super) fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<u64>().prop_map(|bits| f64::from_bits(bits & !(1 << 62))),
        2 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
        4 => (-100_000i32..100_000).prop_map(|cents| f64::from(cents) / 100.0),
        2 => prop_oneof![Just(1e16), Just(-1e16), Just(1.0), Just(-1.0), Just(0.1), Just(1e300), Just(-1e300)],
        1 => prop_oneof![Just(5e-324), Just(-5e-324), Just(f64::MAX), Just(f64::MIN), Just(0.0), Just(-0.0)],
        1 => (0i32..110).prop_map(|power| 2f64.powi(power - 55)),
        1 => (0i32..110).prop_map(|power| -(2f64.powi(power - 55))),
        1 => Just(f64::MIN_POSITIVE),
    ]
    .prop_filter("finite", |value| value.is_finite())
}

fn whole(values: &[f64]) -> Big {
    values
        .iter()
        .fold(Big::of(0), |sum, value| sum.plus(&Big::of_float(*value)))
}

/// Integers of all sizes.
fn integers() -> impl Strategy<Value = i128> {
    let limit = 10_i128.pow(38) - 1;
    prop_oneof![
        -1000i128..1000,
        any::<i64>().prop_map(i128::from),
        (any::<i128>(), 0u32..128).prop_map(|(value, shift)| value >> shift),
        prop_oneof![Just(limit), Just(-limit), Just(i128::MAX), Just(i128::MIN)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_sum_of_floats_is_the_float_next_to_it(values in prop::collection::vec(floats(), 0..40)) {
        let mut state = FloatSum::default();
        values.iter().for_each(|value| state.add(*value));
        prop_assert!(is_nearest(state.sum(), &whole(&values), &Big::of(1), 1074), "{}", state.sum());
    }

    #[test]
    fn a_mean_of_floats_is_the_float_next_to_it(values in prop::collection::vec(floats(), 1..40)) {
        let mut state = FloatSum::default();
        values.iter().for_each(|value| state.add(*value));
        let mean = state.mean().unwrap();
        prop_assert!(is_nearest(mean, &whole(&values), &Big::of(values.len() as i128), 1074), "{mean}");
    }

    #[test]
    fn what_was_taken_out_of_a_sum_leaves_no_trace(
        kept in prop::collection::vec(floats(), 0..20), gone in prop::collection::vec(floats(), 0..20), special: bool,
    ) {
        let (mut state, mut plain) = (FloatSum::default(), FloatSum::default());
        let (mut moments, mut plain_moments) = (FloatMoments::default(), FloatMoments::default());
        let specials = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let gone: Vec<f64> = gone.into_iter().chain(specials.into_iter().filter(|_| special)).collect();
        for value in &gone {
            state.add(*value);
            moments.add(*value);
        }
        for value in &kept {
            state.add(*value);
            plain.add(*value);
            moments.add(*value);
            plain_moments.add(*value);
        }
        for value in &gone {
            state.remove(*value);
            moments.remove(*value);
        }
        prop_assert_eq!(bytes(|out| state.write(out)), bytes(|out| plain.write(out)));
        prop_assert_eq!(bytes(|out| moments.write(out)), bytes(|out| plain_moments.write(out)));
    }

    #[test]
    fn a_variance_of_floats_is_the_float_next_to_it(values in prop::collection::vec(floats(), 0..12), population: bool) {
        let mut state = FloatMoments::default();
        values.iter().for_each(|value| state.add(*value));
        let divisor = if population { Divisor::Population } else { Divisor::Sample };
        let squares = values.iter().fold(Big::of(0), |sum, value| {
            let value = Big::of_float(*value);
            sum.plus(&value.times(&value))
        });
        check_variance(state.variance(divisor).unwrap(), values.len(), &whole(&values), &squares, 2148, population, 1)?;
    }

    #[test]
    fn sums_of_integers_are_exact_and_their_means_and_variances_next_to_it(
        values in prop::collection::vec(integers(), 0..20), scale in 0u32..39, population: bool,
    ) {
        let (mut sum, mut moments) = (IntegerSum::default(), IntegerMoments::default());
        let (mut total, mut squares) = (Big::of(0), Big::of(0));
        for value in &values {
            sum.add(*value);
            moments.add(*value);
            total = total.plus(&Big::of(*value));
            squares = squares.plus(&Big::of(*value).times(&Big::of(*value)));
        }
        let checked = values.iter().try_fold(0_i128, |sum, value| sum.checked_add(*value));
        if let Some(checked) = checked {
            prop_assert_eq!(sum.sum(), Some(checked));
        } else if let Some(found) = sum.sum() {
            prop_assert_eq!(total.plus(&Big::of(found).negated()), total.plus(&total.clone().negated()));
        }
        let powers = super::super::measure::powers_of_ten(scale as u8);
        let ten = 10_i128.pow(scale);
        if let Some(mean) = sum.mean(powers) {
            let denominator = Big::of(ten).times(&Big::of(values.len() as i128));
            prop_assert!(is_nearest(mean, &total.clone().shifted(1074), &denominator, 1074), "{mean}");
        }
        let divisor = if population { Divisor::Population } else { Divisor::Sample };
        let variance = moments.variance(divisor, [powers[0], powers[1], powers[0], powers[1]]).unwrap();
        check_variance(variance, values.len(), &total.shifted(1074), &squares.shifted(2148), 2148, population, ten)?;
    }

    #[test]
    fn what_was_taken_out_of_integers_leaves_no_trace(
        kept in prop::collection::vec(integers(), 0..20), gone in prop::collection::vec(integers(), 0..20),
    ) {
        let (mut sum, mut moments) = (IntegerSum::default(), IntegerMoments::default());
        let (mut plain, mut plain_moments) = (IntegerSum::default(), IntegerMoments::default());
        gone.iter().for_each(|value| { sum.add(*value); moments.add(*value); });
        for value in &kept {
            sum.add(*value);
            moments.add(*value);
            plain.add(*value);
            plain_moments.add(*value);
        }
        gone.iter().for_each(|value| { sum.remove(*value); moments.remove(*value); });
        prop_assert_eq!(bytes(|out| sum.write(out)), bytes(|out| plain.write(out)));
        prop_assert_eq!(bytes(|out| moments.write(out)), bytes(|out| plain_moments.write(out)));
    }
}

fn check_variance(
    found: Option<f64>,
    count: usize,
    sum: &Big,
    squares: &Big,
    unit: usize,
    population: bool,
    ten: i128,
) -> Result<(), TestCaseError> {
    let count = count as i128;
    let freedom = if population { count } else { count - 1 };
    if freedom <= 0 {
        prop_assert_eq!(found, None);
        return Ok(());
    }
    let numerator = squares
        .times(&Big::of(count))
        .plus(&sum.times(sum).negated());
    let denominator = Big::of(count)
        .times(&Big::of(freedom))
        .times(&Big::of(ten))
        .times(&Big::of(ten));
    let found = found.unwrap();
    prop_assert!(is_nearest(found, &numerator, &denominator, unit), "{found}");
    Ok(())
}

fn bytes(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

#[test]
fn the_bytes_of_a_sum_of_amounts_are_few() {
    let mut state = FloatSum::default();
    (0..50).for_each(|index| state.add(f64::from(index) * 1.37 + 0.1));
    assert!(bytes(|out| state.write(out)).len() <= 14);
}

#[test]
fn infinities_and_nan_sum_as_floats_do() {
    let sum = |values: &[f64]| {
        let mut state = FloatSum::default();
        values.iter().for_each(|value| state.add(*value));
        state.sum()
    };
    assert_eq!(sum(&[1.0, f64::INFINITY]), f64::INFINITY);
    assert_eq!(sum(&[f64::NEG_INFINITY, 1.0]), f64::NEG_INFINITY);
    assert!(sum(&[f64::NEG_INFINITY, f64::INFINITY]).is_nan());
    assert!(sum(&[f64::NAN, f64::INFINITY]).is_nan());
    assert_eq!(sum(&[1e16, 1.0, -1e16, 1e-8]), 1.000_000_01);
}

#[test]
fn a_sum_may_pass_what_its_type_holds_and_come_back() {
    let mut state = IntegerSum::default();
    state.add(i128::MAX);
    state.add(1);
    assert_eq!(state.sum(), None);
    state.add(-1);
    assert_eq!(state.sum(), Some(i128::MAX));
}

#[test]
fn carries_go_on_before_limbs_are_full() {
    let mut state = super::super::super::exact::Limbs::<6>::default();
    for _ in 0..(1_u64 << 30) / 1000 + 1000 {
        state.add(false, u64::MAX, 31);
    }
    let count = (1_u64 << 30) / 1000 + 1000;
    let mut sum = super::super::super::exact::Limbs::<6>::default();
    for _ in 0..35 {
        let own = sum.clone();
        sum.merge(&own);
        if sum.number().is_zero() {
            sum.merge(&state);
        }
    }
    let expected = (f64::from(2_u32).powi(64) - 1.0)
        * f64::from(2_u32).powi(31)
        * count as f64
        * f64::from(2_u32).powi(34);
    assert_eq!(sum.number().divided(0, &[]), expected);
}
