//! What a command answered, as far as it is kept.

use russh::ChannelMsg;

/// What the forced command answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SshAnswer {
    /// Its exit status; none if a signal ended it or the server did not tell.
    pub exit_status: Option<u32>,
    /// The beginning of its standard output, then that of its standard error: 4 KiB together, and less if the
    /// connection was lost after the status had come. It is the host's text, with whatever characters it sent.
    pub output: String,
}

/// A message for people is a line or two.
const LONGEST_OUTPUT: usize = 4 * 1024;

/// RFC 4254, section 5.2.
const STANDARD_ERROR: u32 = 1;

/// What was heard of it so far.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Whether the server said that it runs the command.
    pub(super) is_accepted: bool,
    /// Whether the server said that it does not.
    pub(super) is_refused: bool,
    /// Whether the server said that all is said.
    pub(super) is_closed: bool,
    /// How the command ended.
    pub(super) exit_status: Option<u32>,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Heard {
    /// Takes one message in. What it may not keep is dropped.
    pub(super) fn take(&mut self, message: ChannelMsg) {
        match message {
            ChannelMsg::Success => self.is_accepted = true,
            ChannelMsg::Failure => self.is_refused |= !self.is_accepted,
            ChannelMsg::Data { data } => keep(&mut self.output, &data),
            ChannelMsg::ExtendedData { data, ext } if ext == STANDARD_ERROR => {
                keep(&mut self.errors, &data);
            }
            ChannelMsg::ExitStatus { exit_status } => {
                self.exit_status.get_or_insert(exit_status);
            }
            ChannelMsg::Close => self.is_closed = true,
            _ => {}
        }
    }

    /// All of it.
    pub(super) fn answer(mut self) -> SshAnswer {
        self.output.append(&mut self.errors);
        // Each byte that is not UTF-8 becomes three.
        let mut output = String::from_utf8_lossy(&self.output).into_owned();
        output.truncate(output.floor_char_boundary(LONGEST_OUTPUT));
        SshAnswer {
            exit_status: self.exit_status,
            output,
        }
    }
}

fn keep(kept: &mut Vec<u8>, more: &[u8]) {
    let room = LONGEST_OUTPUT.saturating_sub(kept.len());
    kept.extend(more.iter().take(room));
}
