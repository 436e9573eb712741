//! From a measurement's attributes to what its series is looked up by.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, OnceLock};

use hashbrown::DefaultHashBuilder;
use meterport_core::AttributeSet;

use crate::attributes::{AttributeValue, Attributes};
use crate::lock::lock;
use crate::sync::Mutex;

use super::form::{Form, write_form};

/// Which attributes of a measurement a metric keeps.
#[derive(Clone, Default)]
pub(crate) enum Filter {
    #[default]
    All,
    Where(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl Filter {
    pub(crate) fn keeps(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Where(keeps) => keeps(key),
        }
    }
}

/// Call sites give the same keys in the same order again and again. Each such order is learnt
/// once; afterwards a measurement's keys are only compared, and its values alone are hashed.
pub(crate) struct Keys {
    filter: Filter,
    hasher: DefaultHashBuilder,
    /// Filled from the front.
    orders: [OnceLock<Order>; MAX_ORDERS],
    /// The kept keys, sorted, of every key list that is known by number.
    lists: Mutex<Vec<Box<[Box<str>]>>>,
}

/// So many orders are compared before a measurement is looked up as a whole set: dynamic keys
/// must not make every look-up longer, nor the memory grow.
const MAX_ORDERS: usize = 16;

/// Measurements with more attributes are looked up as a whole set.
const MAX_KEYS: usize = 12;

/// A key list as one call site gives it.
struct Order {
    given: Box<[Box<str>]>,
    /// Which of the given stand at the places of the kept and sorted.
    sorted: Box<[u8]>,
    list: u8,
}

/// What a series is looked up by.
pub(crate) struct Query<'a> {
    /// The values of the kept keys, in their order.
    form: &'a [u8],
    /// The number of the key list; without one whole sets are compared.
    pub(crate) list: Option<u8>,
    pub(crate) hash: u32,
    source: Source<'a>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    /// With the values as they were given.
    Order(&'a Order, &'a [AttributeValue<'a>]),
    Set(&'a AttributeSet),
}

impl Query<'_> {
    /// Whether it is the series that was made for a query with this form and list.
    #[inline]
    pub(crate) fn is(&self, form: &[u8], list: Option<u8>, kept: &AttributeSet) -> bool {
        self.form == form
            && match (self.list, list) {
                (Some(own), Some(other)) => own == other,
                _ => *kept == self.set(),
            }
    }

    /// The form, to be kept with the series.
    pub(crate) fn form(&self) -> Box<[u8]> {
        self.form.into()
    }

    /// The attributes of the series.
    pub(crate) fn set(&self) -> AttributeSet {
        match self.source {
            Source::Set(set) => set.clone(),
            Source::Order(order, values) => {
                let pairs = order.sorted.iter().map(|&at| {
                    let at = usize::from(at);
                    (&*order.given[at], values[at].to_value())
                });
                pairs.collect()
            }
        }
    }
}

impl Keys {
    pub(crate) fn new(filter: Filter) -> Self {
        Self {
            filter,
            hasher: DefaultHashBuilder::default(),
            orders: [const { OnceLock::new() }; MAX_ORDERS],
            lists: Mutex::default(),
        }
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Calls `find` with what the series of these attributes is looked up by.
    #[inline]
    pub(crate) fn look_up<R>(
        &self,
        attributes: &(impl Attributes + ?Sized),
        find: impl FnOnce(&Query<'_>) -> R,
    ) -> R {
        for order in &self.orders {
            let Some(order) = order.get() else { break };
            let mut values = [AttributeValue::Empty; MAX_KEYS];
            let Some(len) = order.matches(attributes, &mut values) else { continue };
            let mut form = Form::new();
            if !order.sorted.iter().all(|&at| form.push(values[usize::from(at)])) {
                break;
            }
            let form = form.bytes();
            return find(&Query {
                form,
                list: Some(order.list),
                hash: self.hash(form),
                source: Source::Order(order, &values[..len]),
            });
        }
        self.look_up_anew(attributes, find)
    }

    #[cold]
    fn look_up_anew<R>(
        &self,
        attributes: &(impl Attributes + ?Sized),
        find: impl FnOnce(&Query<'_>) -> R,
    ) -> R {
        self.learn(attributes);
        self.look_up_set(&self.kept(attributes), find)
    }

    /// The attributes that the filter keeps.
    pub(crate) fn kept(&self, attributes: &(impl Attributes + ?Sized)) -> AttributeSet {
        let kept = attributes.entries().filter(|entry| self.filter.keeps(entry.0));
        kept.map(|(key, value)| (key, value.to_value())).collect()
    }

    /// The attributes that the filter takes away.
    pub(crate) fn dropped(&self, attributes: &(impl Attributes + ?Sized)) -> AttributeSet {
        if let Filter::All = self.filter {
            return AttributeSet::empty();
        }
        let dropped = attributes.entries().filter(|entry| !self.filter.keeps(entry.0));
        dropped.map(|(key, value)| (key, value.to_value())).collect()
    }

    /// The same for attributes that have been filtered.
    pub(crate) fn look_up_set<R>(
        &self,
        set: &AttributeSet,
        find: impl FnOnce(&Query<'_>) -> R,
    ) -> R {
        let (mut form, mut plain) = (Vec::new(), true);
        for (_, value) in set.iter() {
            let value = AttributeValue::from(value);
            plain &= value.plain().is_some();
            write_form(&mut form, value);
        }
        // Arrays, maps and bytes are not in the form: whole sets must be compared.
        let list = if plain { self.list_of(set.iter().map(|entry| entry.0)) } else { None };
        find(&Query { form: &form, list, hash: self.hash(&form), source: Source::Set(set) })
    }

    #[inline]
    fn hash(&self, form: &[u8]) -> u32 {
        let mut state = self.hasher.build_hasher();
        state.write(form);
        // The low half is enough to find an entry by, and halves what it takes.
        state.finish() as u32
    }

    fn list_of<'k>(&self, keys: impl Iterator<Item = &'k str> + Clone) -> Option<u8> {
        let lists = lock(&self.lists);
        let same = |list: &[Box<str>]| list.iter().map(|key| &**key).eq(keys.clone());
        lists.iter().position(|list| same(list)).map(|at| at as u8)
    }

    fn learn(&self, attributes: &(impl Attributes + ?Sized)) {
        let full = self.orders.last().is_some_and(|last| last.get().is_some());
        if full || attributes.entries().nth(MAX_KEYS).is_some() {
            return;
        }
        let given: Box<[Box<str>]> = attributes.entries().map(|entry| entry.0.into()).collect();
        let mut sorted: Vec<u8> = (0..given.len() as u8).collect();
        sorted.retain(|&at| self.filter.keeps(&given[usize::from(at)]));
        // The last of equal keys counts: it comes first, and the others go.
        sorted.reverse();
        sorted.sort_by(|&a, &b| given[usize::from(a)].cmp(&given[usize::from(b)]));
        sorted.dedup_by(|later, kept| given[usize::from(*later)] == given[usize::from(*kept)]);
        let keys = || sorted.iter().map(|&at| &*given[usize::from(at)]);
        // One learner at a time, so that a list has one number.
        let mut lists = lock(&self.lists);
        let Some(free) = self.orders.iter().find(|order| match order.get() {
            None => true,
            Some(known) => known.given == given,
        }) else {
            return;
        };
        let known = lists.iter().position(|list| list.iter().map(|key| &**key).eq(keys()));
        // No more lists than orders.
        let list = known.unwrap_or(lists.len()) as u8;
        if known.is_none() {
            lists.push(keys().map(Into::into).collect());
        }
        let sorted = sorted.clone().into();
        free.get_or_init(|| Order { given, sorted, list });
    }
}

impl Order {
    /// The number of values, if the keys are these.
    #[inline]
    fn matches<'a>(
        &self,
        attributes: &'a (impl Attributes + ?Sized),
        values: &mut [AttributeValue<'a>; MAX_KEYS],
    ) -> Option<usize> {
        let mut len = 0;
        for (key, value) in attributes.entries() {
            if !same(self.given.get(len)?, key) {
                return None;
            }
            values[len] = value.plain()?;
            len += 1;
        }
        (len == self.given.len()).then_some(len)
    }
}

/// Whether two keys are equal. Most are short, and a call would cost more than it does.
#[inline]
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<WORD>(), b.last_chunk::<WORD>()) {
        (Some(last_a), Some(last_b)) => {
            let words = |bytes| <[u8]>::chunks_exact(bytes, WORD);
            last_a == last_b && words(a).zip(words(b)).all(|(a, b)| a == b)
        }
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

const WORD: usize = size_of::<u64>();
