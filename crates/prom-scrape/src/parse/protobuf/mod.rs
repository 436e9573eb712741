//! Prometheus' protobuf format: messages `io.prometheus.client.MetricFamily`, each behind its
//! length.

mod histogram;
mod native;

use std::borrow::Cow;

use meterport_core::{Exemplar, Quantile, SummaryValue, Timestamp};

use self::native::Budget;
use super::ParseError;
use super::exemplar;
use super::labels::sort;
use super::number::from_millis;
use super::wire::{Field, Message};
use crate::page::{Family, Kind, Label, Page, Row, Value};

pub(super) fn parse(page: &[u8], limit: u64) -> Result<Page<'_>, ParseError> {
    let mut reader = Reader { page: Page::default(), limit, budget: Budget::default() };
    let mut rest = Message::whole(page);
    while !rest.is_empty() {
        let family = rest.message()?;
        reader.family(family)?;
    }
    Ok(reader.page)
}

struct Reader<'p> {
    page: Page<'p>,
    limit: u64,
    budget: Budget,
}

/// A value, when it began, and its examples.
#[derive(Debug)]
struct Read {
    value: Option<Value>,
    start: Timestamp,
    exemplars: Vec<Exemplar>,
    /// As many samples as Prometheus makes of it.
    samples: u64,
}

impl Read {
    fn number(value: f64) -> Self {
        let value = Some(Value::Number(value));
        Self { value, start: Timestamp::UNSET, exemplars: Vec::new(), samples: 1 }
    }
}

impl<'p> Reader<'p> {
    fn family(&mut self, message: Message<'p>) -> Result<(), ParseError> {
        let (mut name, mut help, mut unit, mut kind) = ("", "", "", 0);
        let mut fields = message;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => name = field.text(&fields)?,
                2 => help = field.text(&fields)?,
                3 => kind = field.number(&fields)?,
                5 => unit = field.text(&fields)?,
                _ => {}
            }
        }
        if name.is_empty() {
            return Err(message.error("a family without a name"));
        }
        // The numbers of a type, and the field of a metric that holds its value.
        let (kind, value_field) = match kind {
            0 => (Kind::Counter, 3),
            1 => (Kind::Gauge, 2),
            2 => (Kind::Summary, 4),
            3 => (Kind::Unknown, 5),
            4 => (Kind::Histogram, 7),
            5 => (Kind::GaugeHistogram, 7),
            _ => return Err(message.error("an unknown type")),
        };
        let mut family = Family {
            name: name.into(),
            help: help.into(),
            unit: unit.into(),
            kind,
            rows: Vec::new(),
        };
        let mut fields = message;
        while let Some((number, field)) = fields.next()? {
            if number == 4 {
                let metric = field.message(&fields)?;
                family.rows.extend(self.metric(metric, value_field)?);
            }
        }
        if !family.rows.is_empty() {
            self.page.families.push(family);
        }
        Ok(())
    }

    fn metric(
        &mut self,
        message: Message<'p>,
        value_field: u64,
    ) -> Result<Option<Row>, ParseError> {
        let first = self.page.labels.len();
        let (mut time, mut read) = (None, None);
        let mut fields = message;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => self.page.labels.push(label(field.message(&fields)?)?),
                6 => {
                    let millis = field.number(&fields)? as i64;
                    let found = from_millis(millis);
                    let found = found.map_err(|bad| fields.error(bad.as_str()))?;
                    // Zero is what writers put that know no presence.
                    time = Some(found).filter(|time| time.is_set());
                }
                number if number == value_field => {
                    read = Some(self.value(field.message(&fields)?, value_field)?);
                }
                _ => {}
            }
        }
        if sort(&mut self.page.labels, first, false).is_err() {
            return Err(message.error("a label that is there more than once"));
        }
        let Some(Read { value, start, exemplars, samples }) = read else {
            return Err(message.error("a metric without a value of its family's type"));
        };
        self.page.samples = self.page.samples.saturating_add(samples);
        if self.page.samples > self.limit {
            return Err(message.error("more samples than allowed"));
        }
        let Some(value) = value else {
            self.page.skipped += 1;
            self.page.labels.truncate(first);
            return Ok(None);
        };
        Ok(Some(Row { labels: first..self.page.labels.len(), time, start, exemplars, value }))
    }

    fn value(&mut self, message: Message<'p>, field: u64) -> Result<Read, ParseError> {
        match field {
            3 => counter(message),
            4 => summary(message),
            7 => histogram::read(message, &mut self.budget),
            _ => number(message).map(Read::number),
        }
    }
}

fn label(message: Message<'_>) -> Result<Label<'_>, ParseError> {
    let (mut name, mut value) = ("", "");
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => name = field.text(&fields)?,
            2 => value = field.text(&fields)?,
            _ => {}
        }
    }
    match name {
        "" => Err(message.error("a label without a name")),
        "__name__" => Err(message.error("a label __name__")),
        name => Ok((Cow::Borrowed(name), Cow::Borrowed(value))),
    }
}

fn number(message: Message<'_>) -> Result<f64, ParseError> {
    let (mut fields, mut value) = (message, 0.0);
    while let Some((number, field)) = fields.next()? {
        if number == 1 {
            value = field.double(&fields)?;
        }
    }
    Ok(value)
}

fn counter(message: Message<'_>) -> Result<Read, ParseError> {
    let mut read = Read::number(number(message)?);
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match number {
            2 => read.exemplars.push(exemplar(field.message(&fields)?)?),
            3 => read.start = timestamp(field.message(&fields)?)?,
            _ => {}
        }
    }
    Ok(read)
}

fn summary(message: Message<'_>) -> Result<Read, ParseError> {
    let (mut summary, mut start) = (SummaryValue::default(), Timestamp::UNSET);
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => summary.count = field.number(&fields)?,
            2 => summary.sum = field.double(&fields)?,
            3 => summary.quantiles.push(quantile(field.message(&fields)?)?),
            4 => start = timestamp(field.message(&fields)?)?,
            _ => {}
        }
    }
    let samples = summary.quantiles.len() as u64 + 2;
    Ok(Read { value: Some(Value::Summary(summary)), start, exemplars: Vec::new(), samples })
}

fn quantile(message: Message<'_>) -> Result<Quantile, ParseError> {
    let (mut fields, mut quantile) = (message, Quantile::default());
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => quantile.quantile = field.double(&fields)?,
            2 => quantile.value = field.double(&fields)?,
            _ => {}
        }
    }
    Ok(quantile)
}

fn exemplar(message: Message<'_>) -> Result<Exemplar, ParseError> {
    let (mut labels, mut value, mut time) = (Vec::new(), 0.0, Timestamp::UNSET);
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => labels.push(label(field.message(&fields)?)?),
            2 => value = field.double(&fields)?,
            3 => time = timestamp(field.message(&fields)?)?,
            _ => {}
        }
    }
    Ok(exemplar::make(&labels, value, time))
}

/// `google.protobuf.Timestamp`.
fn timestamp(message: Message<'_>) -> Result<Timestamp, ParseError> {
    let (mut seconds, mut nanos) = (0_u64, 0_u64);
    let mut fields = message;
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Field::Varint(number)) => seconds = number,
            (2, Field::Varint(number)) => nanos = number,
            _ => {}
        }
    }
    let since = seconds.checked_mul(1_000_000_000).and_then(|all| all.checked_add(nanos));
    match since {
        Some(since) if nanos < 1_000_000_000 => Ok(Timestamp::from_nanos(since)),
        _ => Err(message.error("a timestamp before 1970 or after 2554")),
    }
}
