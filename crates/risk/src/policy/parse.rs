//! Tokens into a policy as it is written. A mistake ends what it stands in; behind that it goes on.

use super::{
    ast::{Compare, Condition, File, Length, ListText, Name, Quantity, RuleText, Value},
    change::Statement,
    error::{Mistake, Span, words},
    lex::{Token, lex},
    recover::{is_told, next_start},
};

/// How deep parentheses may go.
const DEPTH_MAX: usize = 32;

/// Reads a whole file, or says what is not even that. What of it cannot be read is in its mistakes.
pub(super) fn parse(text: &str) -> Result<File, Vec<Mistake>> {
    let mut parser = Parser { text, tokens: lex(text)?, at: 0, depth: 0 };
    let bad = |(token, _): &(Token, Span)| match token {
        Token::Bad(mistake) => Some(mistake.clone()),
        _ => None,
    };
    let mut mistakes: Vec<Mistake> = parser.tokens.iter().filter_map(bad).collect();
    match parser.file() {
        Ok(mut file) => {
            file.mistakes.append(&mut mistakes);
            Ok(file)
        }
        Err(mistake) => {
            // Without its head nothing is known of the rest: what means nothing there explains it.
            if mistakes.is_empty() {
                mistakes.push(mistake);
            }
            Err(mistakes)
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Mistake>;

impl Parser<'_> {
    fn peek(&self) -> (&Token, Span) {
        self.tokens.get(self.at).map_or((&Token::End, Span::default()), |(t, s)| (t, *s))
    }

    fn next(&mut self) -> (Token, Span) {
        let (token, span) = self.peek();
        let found = (token.clone(), span);
        self.at = self.at.saturating_add(1).min(self.tokens.len().saturating_sub(1));
        found
    }

    fn last_span(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.map_or(Span::default(), |(_, span)| *span)
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        let (token, span) = self.peek();
        let message = words!("expected {}, found {}", wanted, token.describe());
        Err(Mistake::new(span, message, ""))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek().0, Token::Word(found) if found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_it = self.is_word(word);
        if is_it {
            self.next();
        }
        is_it
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek().0, Token::Sign(found) if *found == sign);
        if is_it {
            self.next();
        }
        is_it
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { self.unexpected(&format!("`{sign}`")) }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        match self.peek() {
            (Token::Word(_), span) => match self.next().0 {
                Token::Word(text) => Ok(Name { text, span }),
                _ => self.unexpected(what),
            },
            _ => self.unexpected(what),
        }
    }

    fn text(&mut self, what: &str) -> Parsed<String> {
        match self.peek().0.clone() {
            Token::Text(text) => {
                self.next();
                Ok(text)
            }
            _ => self.unexpected(what),
        }
    }

    fn length(&mut self) -> Parsed<Length> {
        match *self.peek().0 {
            Token::Duration(secs) => Ok(Length { secs, span: self.next().1 }),
            _ => self.unexpected("a length of time such as 10m, 24h or 30d"),
        }
    }

    fn number(&mut self) -> Parsed<i64> {
        match *self.peek().0 {
            Token::Number(number) => {
                self.next();
                Ok(number)
            }
            _ => self.unexpected("a number"),
        }
    }

    fn names(&mut self, what: &str) -> Parsed<Vec<Name>> {
        let mut names = vec![self.name(what)?];
        while self.take_sign(",") {
            names.push(self.name(what)?);
        }
        Ok(names)
    }

    fn file(&mut self) -> Parsed<File> {
        let start = self.peek().1;
        self.word("policy")?;
        let name = self.text("the name of the policy in quotes")?;
        self.word("version")?;
        let version = self.text("the version in quotes")?;
        let head = start.to(self.last_span());
        let (baselines, models, lists) = (Vec::new(), Vec::new(), Vec::new());
        let (givens, rules, statements) = (Vec::new(), Vec::new(), Vec::new());
        let (mistakes, is_cut) = (Vec::new(), false);
        let mut file = File {
            name,
            version,
            head,
            baselines,
            models,
            lists,
            givens,
            rules,
            statements,
            mistakes,
            is_cut,
        };
        while *self.peek().0 != Token::End {
            let (from, is_rule) = (self.at, self.is_word("rule"));
            match self.one(&mut file) {
                Ok(()) => file.statements.push(self.statement(from)),
                Err(mistake) => {
                    self.at = next_start(&self.tokens, self.text, self.at.max(from));
                    self.depth = 0;
                    // What no rule is may have said a name that others use.
                    file.is_cut |= !is_rule;
                    if !is_told(&self.tokens, from..self.at, &mistake) {
                        file.mistakes.push(mistake);
                    }
                }
            }
        }
        Ok(file)
    }

    /// One part of a file.
    fn one(&mut self, file: &mut File) -> Parsed<()> {
        if self.take_word("baseline") {
            file.baselines.push(self.name("an outcome")?);
        } else if self.take_word("model") {
            let span = self.peek().1;
            let text = self.text("the digits of a model in quotes")?;
            file.models.push(Name { text, span });
        } else if self.take_word("list") {
            let list = self.list()?;
            file.lists.push(list);
        } else if self.take_word("given") {
            let name = self.name("the name of a fact")?;
            self.sign(":")?;
            file.givens.push((name, self.name("a unit")?));
        } else if self.take_word("rule") {
            let rule = self.rule()?;
            file.rules.push(rule);
        } else {
            return self.unexpected("`rule`, `list`, `given`, `model` or `baseline`");
        }
        Ok(())
    }

    /// What was read since `from`, as it was understood: without comments and line ends.
    fn statement(&self, from: usize) -> Statement {
        let read = self.tokens.iter().take(self.at).skip(from);
        let words: Vec<&str> =
            read.filter_map(|(_, span)| self.text.get(span.start..span.end)).collect();
        let name = match words.as_slice() {
            [what, name, ..] if *what != "baseline" => format!("{what} {name}"),
            _ => "baseline".to_owned(),
        };
        Statement { name, text: words.join(" ") }
    }

    fn list(&mut self) -> Parsed<ListText> {
        let name = self.name("the name of a list")?;
        self.sign(":")?;
        let subject = self.name("what is in the list")?;
        let mut members = Vec::new();
        if self.take_sign("=") {
            self.sign("[")?;
            while !self.take_sign("]") {
                let span = self.peek().1;
                members.push(Name { text: self.text("a member in quotes")?, span });
                if !self.take_sign(",") {
                    self.sign("]")?;
                    break;
                }
            }
        }
        Ok(ListText { name, subject, members })
    }

    fn rule(&mut self) -> Parsed<RuleText> {
        let name = self.name("the name of a rule")?;
        self.word("on")?;
        let on = self.names("a signal")?;
        self.word("when")?;
        let start = self.peek().1;
        let when = self.condition()?;
        let when_span = start.to(self.last_span());
        self.word("then")?;
        let then = self.name("an outcome")?;
        let hold = if self.take_word("for") { Some(self.length()?) } else { None };
        self.word("as")?;
        let code = self.name("a reason code")?;
        let tell = if self.take_word("tell") { self.names("who is told")? } else { Vec::new() };
        let is_shadow = self.take_word("shadow");
        let rollout = if self.take_word("rollout") { Some(self.rollout()?) } else { None };
        Ok(RuleText { name, on, when, when_span, then, hold, code, tell, is_shadow, rollout })
    }

    fn rollout(&mut self) -> Parsed<(i64, Name, Span)> {
        let start = self.peek().1;
        let Token::Percent(share) = *self.peek().0 else {
            return self.unexpected("a percentage such as 10%");
        };
        self.next();
        self.word("of")?;
        let subject = self.name("what the share is of")?;
        Ok((share, subject, start.to(self.last_span())))
    }

    fn condition(&mut self) -> Parsed<Condition> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            let help = "write several rules";
            return Err(Mistake::new(self.peek().1, "this goes too deep", help));
        }
        let mut any = vec![self.all()?];
        while self.take_word("or") {
            any.push(self.all()?);
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(one_or(any, Condition::Any))
    }

    fn all(&mut self) -> Parsed<Condition> {
        let mut all = vec![self.unary()?];
        while self.take_word("and") {
            all.push(self.unary()?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn unary(&mut self) -> Parsed<Condition> {
        let start = self.peek().1;
        if self.take_word("not") {
            self.depth = self.depth.saturating_add(1);
            if self.depth > DEPTH_MAX {
                return Err(Mistake::new(start, "this goes too deep", "write several rules"));
            }
            let inner = self.unary()?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(Condition::Not(Box::new(inner), start));
        }
        if self.take_sign("(") {
            let inner = self.condition()?;
            self.sign(")")?;
            return Ok(inner);
        }
        if let Token::Number(needed) = *self.peek().0 {
            self.next();
            self.word("of")?;
            let stated = self.number()?;
            self.sign("(")?;
            let mut of = vec![self.condition()?];
            while self.take_sign(",") {
                of.push(self.condition()?);
            }
            self.sign(")")?;
            let span = start.to(self.last_span());
            return Ok(Condition::SomeOf { needed, stated, of, span });
        }
        self.test(start)
    }

    fn test(&mut self, start: Span) -> Parsed<Condition> {
        if self.take_word("time") {
            self.word("between")?;
            let from = self.time()?;
            self.word("and")?;
            let until = self.time()?;
            return Ok(Condition::TimeBetween { from, until, span: start.to(self.last_span()) });
        }
        if self.take_word("day") {
            self.word("is")?;
            let day = self.name("`business`, `holiday` or `month_edge`")?;
            return Ok(Condition::DayIs { day, span: start.to(self.last_span()) });
        }
        let quantity = self.quantity()?;
        if let Quantity::Fact(name) = &quantity {
            if self.take_word("in") {
                let list = self.name("the name of a list")?;
                let span = start.to(self.last_span());
                return Ok(Condition::InList { subject: name.clone(), list, span });
            }
            if self.comparison().is_none() {
                return Ok(Condition::Flag(name.clone()));
            }
        }
        let Some(compare) = self.comparison() else {
            return self.unexpected("one of >, >=, <, <=, = and !=");
        };
        self.next();
        let value_span = self.peek().1;
        let value = match self.next().0 {
            Token::Number(n) => Value::Number(n),
            Token::Yen(n) => Value::Yen(n),
            Token::Duration(n) => Value::Secs(n),
            Token::Percent(n) => Value::Percent(n),
            Token::Text(text) => Value::Text(text),
            other => {
                let message = words!("expected a value, found {}", other.describe());
                let help = "write 3, ¥30,000, 24h, 50% or \"a word\"";
                return Err(Mistake::new(value_span, message, help));
            }
        };
        let span = start.to(value_span);
        Ok(Condition::Test { quantity, compare, value, value_span, span })
    }

    fn time(&mut self) -> Parsed<i64> {
        match *self.peek().0 {
            Token::Time(secs) => {
                self.next();
                Ok(secs)
            }
            _ => self.unexpected("a time of day such as 22:00"),
        }
    }

    fn comparison(&self) -> Option<Compare> {
        let Token::Sign(sign) = self.peek().0 else { return None };
        Some(match *sign {
            ">" => Compare::Above,
            ">=" => Compare::AtLeast,
            "<" => Compare::Below,
            "<=" => Compare::AtMost,
            "=" => Compare::Equal,
            "!=" => Compare::Unequal,
            _ => return None,
        })
    }

    fn of_per(&mut self) -> Parsed<(Name, Name)> {
        self.word("of")?;
        let of = self.name("a signal")?;
        self.word("per")?;
        Ok((of, self.name("what it is counted by")?))
    }

    fn within(&mut self) -> Parsed<Length> {
        self.word("within")?;
        self.length()
    }

    fn quantity(&mut self) -> Parsed<Quantity> {
        let name = self.name("a condition")?;
        Ok(match name.text.as_str() {
            "count" => {
                let (of, per) = self.of_per()?;
                Quantity::Count { of, per, within: self.within()? }
            }
            "sum" => {
                let (of, per) = self.of_per()?;
                Quantity::Sum { of, per, within: self.within()? }
            }
            "distinct" => {
                let what = self.name("what is counted once each")?;
                let (of, per) = self.of_per()?;
                Quantity::Distinct { what, of, per, within: self.within()? }
            }
            "age" => {
                let (of, per) = self.of_per()?;
                Quantity::Age { of, per }
            }
            "idle" => {
                let (of, per) = self.of_per()?;
                Quantity::Idle { of, per }
            }
            "ratio" => {
                let is_sum = self.take_word("sum");
                if !is_sum {
                    self.word("count")?;
                }
                let (of, per) = self.of_per()?;
                let within = self.within()?;
                self.word("over")?;
                Quantity::Ratio { is_sum, of, per, within, over: self.length()? }
            }
            "drained" => {
                self.word("per")?;
                let per = self.name("`wallet`")?;
                Quantity::Drained { per, within: self.within()? }
            }
            _ => Quantity::Fact(name),
        })
    }
}

fn one_or(mut many: Vec<Condition>, all: fn(Vec<Condition>) -> Condition) -> Condition {
    match many.pop() {
        Some(only) if many.is_empty() => only,
        Some(last) => {
            many.push(last);
            all(many)
        }
        None => all(many),
    }
}
