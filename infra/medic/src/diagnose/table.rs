//! The suspects of an incident as people read them.

use std::fmt::Write as _;

use incident_analyst::suspects::{Case, Ranking, Verdict};
use shared::outbound::Quoted;

/// The most suspects that are shown: who is looked for is among the first, or nowhere.
const MOST_SHOWN: usize = 5;

/// What is known of an incident, in some lines.
pub(super) fn table(file: &str, case: &Case, ranking: &Ranking) -> String {
    let file = Quoted::line(file);
    let target = Quoted::line(&format!("{} {}", case.target.node, case.target.metric));
    if let Verdict::Undetermined { missing } = &ranking.verdict {
        let missing = missing.iter().map(|sentence| format!("\n  {sentence}"));
        return format!(
            "{file}: undetermined, for {target}{}",
            missing.collect::<String>()
        );
    }
    let percent = ranking.confidence * 100.0;
    let mut text =
        format!("{file}: suspects for {target}, the first with a confidence of {percent:.0} %");
    for (place, suspect) in (1..=MOST_SHOWN).zip(&ranking.suspects) {
        let node = Quoted::line(&suspect.node);
        let (score, because) = (suspect.score, &suspect.because);
        let _ = write!(
            text,
            "
  {place}. {score:.2}  {node}
           {because}"
        );
    }
    let more = ranking.suspects.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        let _ = write!(text, "\n  and {more} more");
    }
    text
}
