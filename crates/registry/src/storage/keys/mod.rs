//! From a measurement's attributes to what its series is looked up by.

mod hash;
mod order;

use std::sync::{Arc, OnceLock};

use meterport_core::AttributeSet;

use self::hash::Hash;
use self::order::{MAX_KEYS, Order};
use super::form::{Form, Plain};
use super::table::{Entry, Query};
use crate::attributes::Attributes;
use crate::lock::lock;
use crate::sync::Mutex;

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
    hash: Hash,
    /// Filled from the front.
    orders: [OnceLock<Order>; MAX_ORDERS],
    /// The kept keys, sorted, of every key list that is known by number.
    lists: Mutex<Vec<Box<[Box<str>]>>>,
}

/// So many orders are compared before a measurement is looked up as a whole set: dynamic keys
/// must not make every look-up longer, nor the memory grow.
const MAX_ORDERS: usize = 16;

/// Attributes that came in an order that is known.
pub(crate) struct Known<'a, A: ?Sized> {
    order: &'a Order,
    attributes: &'a A,
    hash: u32,
}

impl<A: Attributes + ?Sized> Query for Known<'_, A> {
    #[inline]
    fn hash(&self) -> u32 {
        self.hash
    }

    /// A series is made with the number of its key list, if any order has that list.
    #[inline]
    fn is(&self, entry: &Entry) -> bool {
        entry.list == Some(self.order.list) && self.order.fits(self.attributes, &entry.form)
    }
}

/// A whole set of attributes, filtered.
pub(crate) struct Whole<'a> {
    pub(crate) set: &'a AttributeSet,
    pub(crate) form: Form,
    /// The number of the key list; without one whole sets are compared.
    pub(crate) list: Option<u8>,
    hash: u32,
}

impl Query for Whole<'_> {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn is(&self, entry: &Entry) -> bool {
        match (self.list, entry.list) {
            (Some(own), Some(other)) => own == other && self.form == entry.form,
            _ => *self.set == entry.set,
        }
    }
}

impl Keys {
    pub(crate) fn new(filter: Filter) -> Self {
        Self {
            filter,
            hash: Hash::default(),
            orders: [const { OnceLock::new() }; MAX_ORDERS],
            lists: Mutex::default(),
        }
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Calls `find` with what the series of these attributes is looked up by; `None` if their
    /// order has not been learnt, or cannot be.
    #[inline]
    pub(crate) fn known<A: Attributes + ?Sized, R>(
        &self,
        attributes: &A,
        find: impl FnOnce(&Known<'_, A>) -> R,
    ) -> Option<R> {
        for order in &self.orders {
            let order = order.get()?;
            if let Some(hash) = order.hash(attributes, &self.hash) {
                return Some(find(&Known { order, attributes, hash }));
            }
        }
        None
    }

    /// What the series of a set that has been filtered is looked up by.
    pub(crate) fn whole<'a>(&self, set: &'a AttributeSet) -> Whole<'a> {
        let (mut values, mut complete, mut sum) = (Vec::new(), true, 0);
        for (key, value) in set.iter() {
            let plain = Plain::new(value.into());
            complete &= plain.is_some();
            let plain = plain.unwrap_or(Plain::COMPOUND);
            sum = self.hash.add(sum, self.hash.factor(key), plain);
            values.push(plain);
        }
        let keys = set.iter().map(|(key, _)| key);
        let form = Form::new(&values).filter(|_| complete);
        let list = form.is_some().then(|| self.list_of(keys)).flatten();
        Whole { set, form: form.unwrap_or_default(), list, hash: self.hash.finish(sum) }
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

    fn list_of<'k>(&self, keys: impl Iterator<Item = &'k str> + Clone) -> Option<u8> {
        let lists = lock(&self.lists);
        let same = |list: &[Box<str>]| list.iter().map(|key| &**key).eq(keys.clone());
        lists.iter().position(|list| same(list)).map(|at| at as u8)
    }

    /// Learns the order of these keys, if there is room for it.
    pub(crate) fn learn(&self, attributes: &(impl Attributes + ?Sized)) {
        let full = self.orders.last().is_some_and(|last| last.get().is_some());
        if full || attributes.entries().nth(MAX_KEYS).is_some() {
            return;
        }
        let given: Vec<&str> = attributes.entries().map(|entry| entry.0).collect();
        let key = |at: u8| given[usize::from(at)];
        let mut kept: Vec<u8> = (0..given.len() as u8).collect();
        kept.retain(|&at| self.filter.keeps(key(at)));
        // The last of equal keys counts: it comes first, and the others go.
        kept.reverse();
        kept.sort_by_key(|&at| key(at));
        kept.dedup_by_key(|at| key(*at));
        let keys = || kept.iter().map(|&at| key(at));
        // One learner at a time, so that a list has one number.
        let mut lists = lock(&self.lists);
        let Some(free) = self.orders.iter().find(|order| match order.get() {
            None => true,
            Some(known) => known.is(&given),
        }) else {
            return;
        };
        let known = lists.iter().position(|list| list.iter().map(|key| &**key).eq(keys()));
        // No more lists than orders.
        let list = known.unwrap_or(lists.len()) as u8;
        if known.is_none() {
            lists.push(keys().map(Into::into).collect());
        }
        free.get_or_init(|| Order::new(&given, &kept, list, &self.hash));
    }
}
