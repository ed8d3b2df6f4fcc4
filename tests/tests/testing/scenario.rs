//! Cases as text.

use featurestore::testing::TestStore;

/// What every payment of these cases has.
const EVERY: &str = "every payment country=NL declined=false taken_back=false\n";

fn id(number: u32) -> String {
    format!("payment_id=00000000-0000-0000-0000-{number:012}")
}

#[tokio::test]
async fn what_happens_and_what_is_served_is_written_line_by_line() {
    let (first, second) = (id(1), id(2));
    let cases = format!(
        "
{EVERY}
2026-05-07 00:00      event payment user_id=a {first} amount=10.00
2026-05-07 00:10      event payment user_id=a {second} amount=5.00 paid_at=2026-05-06T23:50   # 20 minutes late
                      row watched user_id=a titles=3 genres=\"[\"\"noir\"\", \"\"sci fi\"\"]\"
+1us                  expect user_payments user_id=a spent_7d=15.00
                      expect profile user_id=a titles=missing titles=0 titles_found=missing score=missing
+10m                  expect profile user_id=a titles=3 titles_found=3 score=null spent_7d=15.00
2026-05-07 00:30      event payment user_id=a {second} amount=7.00 paid_at=2026-05-06T23:50 written_at=2026-05-07T00:30
2026-05-07 02:00      expect user_payments user_id=a spent_7d=17.00 last_countries=\"[\"\"NL\"\",\"\"NL\"\"]\"
2026-05-09 00:10      expect watched user_id=a titles=3 genres=\"[\"\"noir\"\",\"\"sci fi\"\"]\"
+1us                  expect watched user_id=a titles=expired
2026-05-13 23:50 -1us expect user_payments user_id=a spent_7d=17.00
2026-05-13 23:50      expect user_payments user_id=a spent_7d=10.00
2026-05-14            expect user_payments user_id=a spent_7d=0.00 mean_30d=8.5
                      expect user_payments user_id=b spent_7d=0.00 mean_30d=null
"
    );
    TestStore::new().play(&cases).await.unwrap();
}

#[tokio::test]
async fn an_expectation_that_does_not_hold_is_told_with_its_line_and_its_events() {
    let first = id(1);
    let cases = format!(
        "{EVERY}2026-05-07 event payment user_id=a {first} amount=10.00
2026-05-08 expect user_payments user_id=a spent_7d=11.00 with_merchant_1d=0
expect profile user_id=a titles=1 titles_found=null spent_7d=null score=1.5"
    );
    let error = TestStore::new().play(&cases).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "line 3: `spent_7d` of `user_payments` is 10.00, and 11.00 is expected\n  user_payments: large_declines_1h = "
        ),
        "{text}"
    );
    for part in [
        "spent_7d = sum(amount) window 7d: 1 event: 10.00 at 2026-05-07T00:00:00Z\n",
        "line 4: `titles` of `profile` is 0 (the default, as it is missing), and 1 is expected\n  watched: no row, of 0 that were given\n",
        "line 4: `titles_found` of `profile` is missing, and null is expected\n",
        "line 4: `spent_7d` of `profile` is 10.00, and null is expected\n",
        "line 4: `score` of `profile` is missing, and 1.5 is expected\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(error.lines().len(), 5);
    assert_eq!(format!("{error:?}"), format!("\n{text}"));
}

#[tokio::test]
async fn lines_that_say_nothing_that_is_declared_are_told_all_at_once() {
    let cases = [
        (
            "2026-05-07 pay watched",
            "`pay` is none of `row`, `event`, `expect`, `every`",
        ),
        (
            "2026-05-07 row watch user_id=a",
            "no view `watch` (did you mean `watched`?)",
        ),
        (
            "row watched user_id=a",
            "`titles` of `watched` has no value; give it one here, or in a line `every`",
        ),
        (
            "row watched user_id=a title=1",
            "no column `title` (did you mean `titles`?)",
        ),
        ("row watched user_id=a titles=1.5", "`titles`: "),
        ("row watched titles=1 titles=2", "`titles` is given twice"),
        (
            "row user_payments user_id=a",
            "the rows of `user_payments` are made of events; give `event payment` instead",
        ),
        ("event watched user_id=a", "no event source `watched`"),
        (
            "expect profil user_id=a titles=1",
            "no view or service `profil` (did you mean `profile`?)",
        ),
        ("expect profile titles=1", "join key `user_id` is not given"),
        ("expect profile user_id=a", "nothing is expected"),
        (
            "expect profile user_id=a title=1",
            "no join key or feature `title` (did you mean `titles`?)",
        ),
        (
            "every nothing a=1",
            "no view and no event source is named `nothing`",
        ),
    ];
    let lines: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
    let played = TestStore::new().play(&lines.join("\n")).await;
    let error = played.unwrap_err();
    assert_eq!(error.lines().len(), cases.len(), "{error}");
    for ((number, what), (index, (line, part))) in error.lines().zip(cases.iter().enumerate()) {
        assert_eq!(number, index + 1);
        assert!(what.contains(part), "{line}: {what}");
    }
}

#[tokio::test]
async fn a_scenario_whose_time_goes_back_ends_there() {
    let cases = "2026-05-07 expect watched user_id=a titles=missing
2026-05-06 expect watched user_id=a titles=missing";
    let error = TestStore::new().play(cases).await.unwrap_err().to_string();
    assert!(
        error.starts_with("line 2: the clock can't go back"),
        "{error}"
    );
}
