use meterport_core::AttributeSet;

/// Nothing: the standard library knows no host.
pub(super) fn attributes() -> AttributeSet {
    AttributeSet::empty()
}
