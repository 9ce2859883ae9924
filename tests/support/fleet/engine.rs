//! The virtual clock: invocations as futures that wait for times, and everything else that happens, one after the other.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use alarm_playbook::playbook::PlaybookFile;
use jiff::Timestamp;

use super::Fleet;
use super::lambda::{Answer, Start, invoke};

/// Something that happens at a time.
pub(super) enum Event {
    /// A call goes on.
    Wake(Waker),
    /// The world changes.
    Do(Box<dyn FnOnce(&mut Fleet) + Send>),
    /// Lambda invokes the function.
    Start(Start),
    /// Lambda ends an invocation.
    Timeout(usize),
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wake(_) => "Wake",
            Self::Do(_) => "Do",
            Self::Start(_) => "Start",
            Self::Timeout(_) => "Timeout",
        })
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A fleet that goes on in time.
#[expect(missing_debug_implementations, reason = "futures have nothing to show")]
pub struct Engine<'a> {
    fleet: Arc<Mutex<Fleet>>,
    playbooks: &'a PlaybookFile,
    tasks: HashMap<usize, Task<'a>>,
    ready: Arc<Mutex<Vec<usize>>>,
}

struct Ready {
    task: usize,
    ready: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap().push(self.task);
    }
}

impl<'a> Engine<'a> {
    /// An engine for a fleet.
    pub fn new(fleet: Fleet, playbooks: &'a PlaybookFile) -> Self {
        Self {
            fleet: Arc::new(Mutex::new(fleet)),
            playbooks,
            tasks: HashMap::new(),
            ready: Arc::default(),
        }
    }

    /// The fleet, between two events.
    pub fn fleet(&self) -> MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap()
    }

    /// Lets everything happen that is due until then.
    pub fn run_until(&mut self, end: Timestamp) {
        loop {
            self.poll_ready();
            let next = {
                let mut fleet = self.fleet.lock().unwrap();
                let Some(next) = fleet.agenda.first_entry() else {
                    break;
                };
                if next.key().0 > end {
                    break;
                }
                let ((at, _), event) = next.remove_entry();
                fleet.now = at;
                event
            };
            self.happen(next);
        }
        let mut fleet = self.fleet.lock().unwrap();
        fleet.now = fleet.now.max(end);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wake(waker) => waker.wake(),
            Event::Do(what) => what(&mut self.fleet.lock().unwrap()),
            Event::Start(start) => self.start(start),
            Event::Timeout(id) => {
                let frozen = self.fleet.lock().unwrap().thaws_after(id);
                match frozen {
                    Some(at) => self.fleet.lock().unwrap().push(at, Event::Timeout(id)),
                    None => self.end(id, Err("the invocation took too long".to_owned())),
                }
            }
        }
    }

    fn start(&mut self, start: Start) {
        let (id, future) = invoke(&self.fleet, self.playbooks, start);
        self.tasks.insert(id, future);
        self.ready.lock().unwrap().push(id);
    }

    fn poll_ready(&mut self) {
        loop {
            let Some(id) = self.ready.lock().unwrap().pop() else {
                return;
            };
            let ready = Ready {
                task: id,
                ready: Arc::clone(&self.ready),
            };
            let waker = Waker::from(Arc::new(ready));
            let Some(task) = self.tasks.get_mut(&id) else {
                continue;
            };
            let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(answer) = polled {
                self.end(id, answer);
            }
            let killed = std::mem::take(&mut self.fleet.lock().unwrap().killed);
            for id in killed {
                self.end(id, Err("the process was killed".to_owned()));
            }
        }
    }

    /// An invocation is over; what of it is still waiting is gone.
    fn end(&mut self, id: usize, answer: Answer) {
        if self.tasks.remove(&id).is_some() {
            self.fleet.lock().unwrap().ended(id, answer);
        }
    }
}
