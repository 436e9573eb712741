use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A list that only grows, and is read without a lock. It is short: most have one element, which
/// lies in it.
pub(crate) struct Chain<T> {
    first: Link<T>,
    len: AtomicUsize,
}

type Link<T> = OnceLock<Node<T>>;

struct Node<T> {
    value: T,
    next: Box<Link<T>>,
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self { first: OnceLock::new(), len: AtomicUsize::new(0) }
    }
}

impl<T> Chain<T> {
    /// Puts a value at the end.
    pub(crate) fn push(&self, value: T) {
        let mut node = Node { value, next: Box::default() };
        let mut link = &self.first;
        while let Err(back) = link.set(node) {
            node = back;
            match link.get() {
                Some(taken) => link = &taken.next,
                None => unreachable!("it refused, so it is taken"),
            }
        }
        self.len.fetch_add(1, Ordering::Release);
    }

    /// How many there are, at least.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut link = &self.first;
        std::iter::from_fn(move || {
            let node = link.get()?;
            link = &node.next;
            Some(&node.value)
        })
    }
}
