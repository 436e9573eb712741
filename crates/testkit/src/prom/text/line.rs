//! One line.

use super::cursor::Cursor;
use super::{Dialect, Exemplar, Sample};

/// A name, quoted or legal.
pub(super) fn name(cursor: &mut Cursor<'_>, of_metric: bool) -> Result<String, String> {
    if cursor.rest().starts_with('"') {
        let name = cursor.quoted()?;
        return if name.is_empty() { Err("an empty name".into()) } else { Ok(name) };
    }
    let name = cursor.until(&[' ', '{', '=', ',', '}', '"']);
    let is_legal = |(at, one): (usize, char)| {
        one.is_ascii_alphabetic()
            || one == '_'
            || one == ':' && of_metric
            || one.is_ascii_digit() && at > 0
    };
    if name.is_empty() || !name.char_indices().all(is_legal) {
        return Err(format!("the name {name:?} is not legal"));
    }
    Ok(name.to_owned())
}

pub(super) fn sample(line: &str, dialect: Dialect) -> Result<Sample, String> {
    let mut cursor = Cursor::new(line);
    let mut sample = Sample::default();
    if cursor.rest().starts_with('{') {
        cursor.expect("{")?;
        if !cursor.rest().starts_with('"') {
            return Err("braces without a name".into());
        }
        sample.name = name(&mut cursor, true)?;
        if cursor.take(",") {
            sample.labels = labels(&mut cursor, dialect)?;
        } else {
            cursor.expect("}")?;
        }
    } else {
        if cursor.rest().starts_with('"') {
            return Err("a quoted name outside the braces".into());
        }
        sample.name = name(&mut cursor, true)?;
        if cursor.take("{") {
            sample.labels = labels(&mut cursor, dialect)?;
        }
    }
    cursor.expect(" ")?;
    value(&mut cursor, &mut sample, dialect)?;
    while cursor.take(" ") {
        if cursor.take("# ") {
            sample.exemplars.push(exemplar(&mut cursor, dialect)?);
        } else if cursor.take("st@") && dialect == Dialect::OpenMetrics2 {
            sample.start = Some(time(&mut cursor)?);
        } else if sample.timestamp.is_none() {
            sample.timestamp = Some(time(&mut cursor)?);
        } else {
            return Err("something behind the timestamp".into());
        }
    }
    if !cursor.is_at_end() {
        return Err(format!("a rest: {:?}", cursor.rest()));
    }
    if !sample.exemplars.is_empty() && dialect == Dialect::Text {
        return Err("an exemplar".into());
    }
    if sample.exemplars.len() > 1 && dialect == Dialect::OpenMetrics1 {
        return Err("two exemplars".into());
    }
    Ok(sample)
}

fn value(cursor: &mut Cursor<'_>, sample: &mut Sample, dialect: Dialect) -> Result<(), String> {
    if cursor.rest().starts_with('{') && dialect == Dialect::OpenMetrics2 {
        let composite = cursor.until(&['}']);
        cursor.expect("}")?;
        sample.written = format!("{composite}}}");
        sample.value = f64::NAN;
        return Ok(());
    }
    let text = cursor.until(&[' ']);
    sample.value = number(text)?;
    sample.written = text.to_owned();
    Ok(())
}

/// Labels up to the closing brace.
fn labels(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Vec<(String, String)>, String> {
    let mut labels: Vec<(String, String)> = Vec::new();
    if cursor.take("}") {
        return Ok(labels);
    }
    loop {
        let name = name(cursor, false)?;
        cursor.expect("=")?;
        let value = cursor.quoted()?;
        if labels.iter().any(|label| label.0 == name) {
            return Err(format!("the label {name:?} is there twice"));
        }
        if name == "__name__" {
            return Err("a label __name__".into());
        }
        labels.push((name, value));
        if cursor.take("}") {
            return Ok(labels);
        }
        cursor.expect(",")?;
        if dialect == Dialect::Text && cursor.take("}") {
            return Ok(labels);
        }
    }
}

fn exemplar(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Exemplar, String> {
    cursor.expect("{")?;
    let labels = labels(cursor, dialect)?;
    cursor.expect(" ")?;
    let value = number(cursor.until(&[' ']))?;
    let mut exemplar = Exemplar { labels, value, timestamp: None };
    let mut ahead = *cursor;
    if ahead.take(" ") && !ahead.rest().starts_with('#') {
        exemplar.timestamp = Some(time(&mut ahead)?);
        *cursor = ahead;
    }
    let characters =
        |(name, value): &(String, String)| name.chars().count() + value.chars().count();
    if dialect == Dialect::OpenMetrics1
        && exemplar.labels.iter().map(characters).sum::<usize>() > 128
    {
        return Err("an exemplar of more than 128 characters".into());
    }
    if dialect == Dialect::OpenMetrics2 && exemplar.timestamp.is_none() {
        return Err("an exemplar without a timestamp".into());
    }
    Ok(exemplar)
}

fn time(cursor: &mut Cursor<'_>) -> Result<String, String> {
    let text = cursor.until(&[' ']);
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if text.is_empty() || !is_decimal {
        return Err(format!("{text:?} is no time"));
    }
    Ok(text.to_owned())
}

/// A number as Prometheus writes it; what others would also take is refused.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let wrong = || format!("{text:?} is no number");
    match text {
        "NaN" => Ok(f64::NAN),
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte)) => {
            text.parse().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

/// Help, unescaped.
pub(super) fn help(text: &str, dialect: Dialect) -> Result<String, String> {
    let mut help = String::new();
    let mut rest = text.chars();
    while let Some(one) = rest.next() {
        match one {
            '\\' => match rest.next() {
                Some('n') => help.push('\n'),
                Some('\\') => help.push('\\'),
                Some('"') if dialect != Dialect::Text => help.push('"'),
                _ => return Err("an unknown escape".into()),
            },
            '"' if dialect != Dialect::Text => return Err("a quote that is not escaped".into()),
            one => help.push(one),
        }
    }
    Ok(help)
}
