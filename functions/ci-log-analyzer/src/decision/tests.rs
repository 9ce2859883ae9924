use super::*;
use crate::record::tests_of_failures::{at, failure, log, sha, thread};

const POLICY: Policy = Policy {
    dry_run: false,
    paused: false,
    max_asks: 60,
    max_proposals: 4,
    max_issues: 10,
    max_mails: 20,
};

fn run() -> Run {
    Run {
        id: 1,
        attempt: 1,
        workflow: "CI".to_owned(),
        head_sha: sha('a'),
        head_branch: Branch::parse("main"),
        is_of_a_fork: false,
        is_ours: false,
        event: "push".to_owned(),
        conclusion: Some("failure".to_owned()),
        pull_requests: Vec::new(),
        default_branch: Branch::parse("main").unwrap(),
    }
}

/// What is decided in a situation that differs from an ordinary failure of the code.
struct Case {
    policy: Policy,
    category: Category,
    is_readable: bool,
    has_model: bool,
    run: RunFacts,
    failure: FailureRecord,
    threads: Vec<Thread>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            policy: POLICY,
            category: Category::Code,
            is_readable: true,
            has_model: true,
            run: RunFacts::Known(Box::new(run())),
            failure: failure(),
            threads: Vec::new(),
        }
    }
}

impl Case {
    fn of(run: Run) -> Self {
        let run = RunFacts::Known(Box::new(run));
        Self {
            run,
            ..Self::default()
        }
    }

    fn done(mut self, kind: &Kind, number: Option<u64>, commit: char) -> Self {
        let (failure, _) = self.failure.begin(
            (kind, Some(&sha(commit))),
            (&log("other"), at(1)),
            None,
            at(0),
        );
        self.failure = failure.concluded(kind, State::Done { number }, None);
        self
    }

    fn decide(&self) -> Decision {
        decide(&Situation {
            policy: &self.policy,
            category: self.category,
            is_readable: self.is_readable,
            has_model: self.has_model,
            run: &self.run,
            failure: &self.failure,
            log: &log("this"),
            threads: &self.threads,
            now: at(100),
        })
    }

    /// One letter for each thing that is done: ask (with a Patch), Propose, Issue (again after a closed one: J), Comment, Notify.
    fn letters(&self) -> String {
        let Decision {
            ask,
            propose,
            answer,
            notify,
            is_rehearsal,
        } = self.decide();
        let asked = ask
            .chosen
            .map(|ask| if ask.with_patch { "A+" } else { "A" });
        let said = answer.chosen.map(|answer| match answer {
            Answer::Issue { after: None } => "I".to_owned(),
            Answer::Issue { after: Some(after) } => format!("J{after}"),
            Answer::Comment(number) => format!("C{number}"),
        });
        let letters = [
            asked.map(str::to_owned),
            propose.chosen.map(|_| "P".to_owned()),
            said,
            notify.chosen.map(|number| format!("N{number}")),
            is_rehearsal.then(|| "rehearsal".to_owned()),
        ];
        letters.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The same, where GitHub has these threads of ours.
    fn beside(self, threads: &[Thread]) -> Self {
        let threads = threads.to_vec();
        Self { threads, ..self }
    }
}

fn with_run(change: impl FnOnce(&mut Run)) -> Case {
    let mut run = run();
    change(&mut run);
    Case::of(run)
}

fn concluded(conclusion: &str) -> Case {
    with_run(|run| run.conclusion = Some(conclusion.to_owned()))
}

#[test]
fn what_is_done_follows_from_the_run() {
    let cases = [
        ("an ordinary failure", Case::default(), "A+ P I"),
        (
            "still running",
            with_run(|run| run.conclusion = None),
            "A+ P I",
        ),
        (
            "of a pull request",
            with_run(|run| run.pull_requests = vec![12, 14]),
            "A+ P I N12",
        ),
        ("of a fork", with_run(|run| run.is_of_a_fork = true), "A I"),
        ("of a tag", with_run(|run| run.head_branch = None), "A I"),
        ("of our App", with_run(|run| run.is_ours = true), "A"),
        (
            "of our branch",
            with_run(|run| run.head_branch = Branch::parse("medic/0123-a")),
            "A",
        ),
        ("timed out", concluded("timed_out"), "A+ P I"),
        ("cancelled", concluded("cancelled"), ""),
        ("passed", concluded("success"), ""),
        ("skipped", concluded("skipped"), ""),
        (
            "not known",
            Case {
                run: RunFacts::Unknown("404".to_owned()),
                ..Case::default()
            },
            "A",
        ),
        (
            "without GitHub",
            Case {
                run: RunFacts::NotAsked,
                ..Case::default()
            },
            "A",
        ),
    ];
    for (what, case, expected) in cases {
        assert_eq!(case.letters(), expected, "{what}");
    }
}

#[test]
fn what_is_done_follows_from_the_settings_and_the_kind_of_failure() {
    let of = |category| Case {
        category,
        ..Case::default()
    };
    let cases = [
        (
            "dry run",
            Case {
                policy: Policy {
                    dry_run: true,
                    ..POLICY
                },
                ..Case::default()
            },
            "A+ P I rehearsal",
        ),
        (
            "paused",
            Case {
                policy: Policy {
                    paused: true,
                    ..POLICY
                },
                ..Case::default()
            },
            "",
        ),
        (
            "no model",
            Case {
                has_model: false,
                ..Case::default()
            },
            "I",
        ),
        (
            "unreadable",
            Case {
                is_readable: false,
                ..Case::default()
            },
            "",
        ),
        ("test", of(Category::Test), "A+ P I"),
        ("lint", of(Category::Lint), "A+ P I"),
        ("dependency", of(Category::Dependency), "A+ P I"),
        ("configuration", of(Category::Configuration), "A+ P I"),
        ("unknown", of(Category::Unknown), "A+ P I"),
        ("infrastructure", of(Category::Infrastructure), "A I"),
        ("timeout", of(Category::Timeout), "A I"),
        ("flaky", of(Category::Flaky), "A I"),
        ("permission", of(Category::Permission), "A I"),
        ("resource", of(Category::Resource), "A I"),
    ];
    for (what, case, expected) in cases {
        assert_eq!(case.letters(), expected, "{what}");
    }
}

#[test]
fn a_repeat_adds_to_what_is_there() {
    let mail = Kind::Mail {
        nth: 1,
        is_of_trouble: false,
    };
    let issue = Kind::Issue { after: None };
    let proposal = |commit| Kind::Proposal { base: sha(commit) };
    let said = Kind::Comment {
        number: 6,
        about: Some(sha('a')),
    };
    let told = || Case::default().done(&mail, None, 'b');
    let flaky = || Case {
        category: Category::Flaky,
        ..told()
    };
    let issue_5 = [thread(5, false, true)];
    let pull_6 = [thread(6, true, true)];
    let closed = [thread(6, true, false), thread(5, false, false)];
    let both = [thread(9, false, true), thread(5, false, false)];
    let open_issue = |commit| told().done(&issue, Some(5), commit).beside(&issue_5);
    let open_pull = |commit| {
        told()
            .done(&proposal(commit), Some(6), commit)
            .beside(&pull_6)
    };
    let cases = [
        ("an open issue, another commit", open_issue('b'), "A+ P C5"),
        ("an open issue, this commit", open_issue('a'), "A+ P"),
        ("an open proposal, another commit", open_pull('b'), "C6"),
        ("an open proposal, this commit", open_pull('a'), ""),
        (
            "a comment for this commit",
            told().done(&said, None, 'a').beside(&pull_6),
            "",
        ),
        (
            "proposed and closed",
            told()
                .done(&proposal('a'), Some(6), 'a')
                .beside(&closed[..1]),
            "A J6",
        ),
        (
            "fixed and back",
            told().done(&issue, Some(5), 'b').beside(&closed[1..]),
            "A+ P J5",
        ),
        ("open after closed", told().beside(&both), "A+ P C9"),
        ("told, and nothing to add", flaky().beside(&issue_5), "C5"),
    ];
    for (what, case, expected) in cases {
        assert_eq!(case.letters(), expected, "{what}");
    }
}

#[test]
fn each_refusal_says_why() {
    let case = Case {
        policy: Policy {
            paused: true,
            ..POLICY
        },
        category: Category::Permission,
        has_model: false,
        threads: vec![thread(6, true, true)],
        ..with_run(|run| {
            run.is_ours = true;
            run.is_of_a_fork = true;
            run.head_branch = None;
            run.conclusion = Some("cancelled".to_owned());
        })
    };
    let expected = [
        "lambda-medic is paused (MEDIC_PAUSED or `medic pause`)",
        "the run did not fail: cancelled",
        "the run is of our own proposal, which is never answered",
        "no model is configured that could write a patch",
        "a permission is missing, which no change of files may grant",
        "the run is of a fork, whose branch is not ours to propose to",
        "the run is of no branch",
        "a proposal for this failure is open: #6",
    ];
    assert_eq!(case.decide().propose.against, expected);
}

#[test]
fn people_are_mailed_once_a_day_and_of_trouble_once_more() {
    let day = 24 * 3600;
    let mail_at = |seconds, is_of_trouble| {
        let kind = Kind::Mail {
            nth: 3,
            is_of_trouble,
        };
        let (failure, _) = failure().begin(
            (&kind, None),
            (&log("other"), at(seconds + 1)),
            None,
            at(seconds),
        );
        failure.concluded(&kind, State::Done { number: None }, None)
    };
    let now = |failure: &FailureRecord, us: &str, is_trouble, seconds| {
        mail(failure, &log(us), is_trouble, at(seconds)).chosen
    };
    let next = |nth, is_of_trouble| Some(Kind::Mail { nth, is_of_trouble });
    let (plain, trouble) = (mail_at(0, false), mail_at(0, true));
    let mail_of_others = Kind::Mail {
        nth: 3,
        is_of_trouble: false,
    };
    let (begun, _) = failure().begin(
        (&mail_of_others, None),
        (&log("other"), at(45)),
        None,
        at(0),
    );
    let unsaid = State::Refused {
        reason: "no".to_owned(),
    };
    let refused = begun.clone().concluded(&mail_of_others, unsaid, None);
    let cases = [
        (now(&failure(), "this", false, 0), next(1, false)),
        (now(&plain, "this", false, day - 1), None),
        (now(&plain, "this", false, day), next(4, false)),
        (now(&plain, "this", true, 10), next(4, true)),
        (now(&trouble, "this", true, 10), None),
        (now(&trouble, "this", true, day), next(4, true)),
        (now(&plain, "other", true, day), None),
        // What was begun is in somebody's hands for a while, and then taken over; only for a day, because what it carried is old.
        (now(&begun, "this", false, 40), None),
        (now(&begun, "this", false, 45), next(3, false)),
        (now(&begun, "this", true, 40), next(4, true)),
        (now(&begun, "this", false, day), next(4, false)),
        (now(&begun, "other", false, 40), next(3, false)),
        (now(&refused, "this", false, 10), next(4, false)),
    ];
    for (n, (chosen, expected)) in cases.into_iter().enumerate() {
        assert_eq!(chosen, expected, "case {n}");
    }
}
