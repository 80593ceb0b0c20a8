//! Books that are still served go to a cluster in two pieces: first all that there is, then, once they
//! stand still, what came meanwhile.
//!
//! Of the first piece the cluster keeps how far it went, so whoever begins again finds the same place. The
//! second is fixed, on the cluster too, before any transfer of it is told: from then on no other books are
//! taken. Books that nobody serves are one piece.

use jiff::Timestamp;

use super::{
    TakeOverError,
    count::Count,
    name,
    script::{Script, Survey, Surveyor},
};
use crate::{
    chapter::{Chapter, Moved, after},
    engine::BATCH_MAX,
    tigerbeetle::{TigerBeetleEngine, whose::Words},
    whose::Claim,
};

/// Books on their way to a cluster, of which all is there that there was when the move began.
#[derive(Debug)]
pub struct Moving {
    batch: usize,
    /// How many batches that was.
    read: usize,
    surveyor: Surveyor,
    first: Survey,
    /// What was told, and what was read back.
    script: Script,
    compared: Script,
    count: Count,
}

/// All that is read, after so many batches, and the beginning of it that bears the name `departed`.
type Surveyed = ((usize, Surveyor), Option<(usize, Surveyor)>);

fn survey<E, I>(read: impl Fn() -> Result<I, E>, departed: Option<u128>) -> Result<Surveyed, E>
where
    I: Iterator<Item = Result<Chapter, E>>,
{
    let (mut len, mut all, mut piece) = (0_usize, Surveyor::default(), None);
    for chapter in read()? {
        all.add(&chapter?);
        len = len.saturating_add(1);
        if departed.is_some_and(|departed| departed == name(&all.moved)) {
            piece = Some((len, all.clone()));
        }
    }
    Ok(((len, all), piece))
}

impl TigerBeetleEngine {
    /// Makes the books that `read` tells on a cluster on which nothing is, in requests of at most
    /// `batch` events, and compares and counts them there. Books that have arrived are compared
    /// again.
    pub async fn take_over<E, I>(
        &self,
        claim: Claim,
        batch: usize,
        read: impl Fn() -> Result<I, E>,
    ) -> Result<Moved, TakeOverError<E>>
    where
        E: std::error::Error + 'static,
        I: Iterator<Item = Result<Chapter, E>>,
    {
        let moving = self.begin(claim, batch, &read, false).await?;
        self.finish_move(moving, |skipped| Ok(after(read()?, skipped))).await
    }

    /// The same for books that are still served: makes what `read` tells now, compares it, and leaves the
    /// rest to [`finish_move`](Self::finish_move). Only batches that nothing can take back are told.
    pub async fn begin_move<E, I>(
        &self,
        claim: Claim,
        batch: usize,
        read: impl Fn() -> Result<I, E>,
    ) -> Result<Moving, TakeOverError<E>>
    where
        E: std::error::Error + 'static,
        I: Iterator<Item = Result<Chapter, E>>,
    {
        self.begin(claim, batch, &read, true).await
    }

    async fn begin<E, I>(
        &self,
        claim: Claim,
        batch: usize,
        read: &impl Fn() -> Result<I, E>,
        is_served: bool,
    ) -> Result<Moving, TakeOverError<E>>
    where
        E: std::error::Error + 'static,
        I: Iterator<Item = Result<Chapter, E>>,
    {
        let batch = batch.clamp(1, BATCH_MAX);
        let words = self.words().await?;
        let (all, mut piece) = survey(read, words.departed).map_err(TakeOverError::Source)?;
        if words.owner.is_some() {
            self.require(claim).await?;
        }
        let begun_at = match (words.departed_at, is_served.then_some(all.1.moved.until).flatten()) {
            (Some(begun_at), _) => begun_at,
            // Whoever still writes may end by its own clock what has timed out by another.
            (None, Some(until)) => until,
            (None, None) => self.instant().await?,
        };
        if words.departed.is_none() && self.is_new().await? {
            piece = Some(all.clone());
            let books = name(&all.1.moved);
            self.depart(claim, (books, begun_at), words.owner.is_some()).await?;
            self.require(claim).await?;
        }
        let said = self.words().await?;
        let Some((read_first, surveyor)) = piece
            .filter(|(_, piece)| said.departed == Some(name(&piece.moved)))
            .filter(|_| said.departed_at == Some(begun_at))
        else {
            return Err(TakeOverError::NotEmpty);
        };
        let mut moving = Moving {
            batch,
            read: read_first,
            first: surveyor.survey(begun_at),
            surveyor,
            script: Script::default(),
            compared: Script::default(),
            count: Count::default(),
        };
        let first = || read().map(|all| all.take(read_first)).map_err(TakeOverError::Source);
        if words.arrived != Some(name(&all.1.moved)) {
            self.make_all_accounts(&moving.first, batch).await?;
            self.tell(&mut moving.script, None, &moving.first, batch, first()?).await?;
        }
        self.count(&mut moving.compared, &mut moving.count, None, &moving.first, first()?).await?;
        self.require_no_more(&mut moving.count, Some(moving.compared.last())).await?;
        Ok(moving)
    }

    /// Makes the rest of the books, which nobody writes any more, compares it and counts all of them;
    /// `read` tells what comes behind the first so many batches. From then on they can be served.
    pub async fn finish_move<E, I>(
        &self,
        moving: Moving,
        read: impl Fn(usize) -> Result<I, E>,
    ) -> Result<Moved, TakeOverError<E>>
    where
        E: std::error::Error + 'static,
        I: Iterator<Item = Result<Chapter, E>>,
    {
        let Moving { batch, read: skipped, mut surveyor, first, mut script, .. } = moving;
        let (mut compared, mut count) = (moving.compared, moving.count);
        let rest = || read(skipped).map_err(TakeOverError::Source);
        for chapter in rest()? {
            surveyor.add(&chapter.map_err(TakeOverError::Source)?);
        }
        let books = name(&surveyor.moved);
        let words = self.words().await?;
        if surveyor.moved == first.moved {
            if words.arrived != Some(books) {
                self.make_late(&first, batch).await?;
            }
            self.count_rest(first, count).await?;
            self.arrive(books).await?;
            return Ok(surveyor.moved);
        }
        let until = self.close_move(&first, &surveyor, (books, words), batch).await?;
        let last = surveyor.survey(until);
        if words.arrived != Some(books) {
            self.tell(&mut script, Some(&first), &last, batch, rest()?).await?;
            self.make_late(&last, batch).await?;
        }
        self.count(&mut compared, &mut count, Some(&first), &last, rest()?).await?;
        self.count_rest(last, count).await?;
        self.arrive(books).await?;
        Ok(surveyor.moved)
    }

    /// Fixes what the second piece is: from here on only the same can be moved. Answers when that was.
    async fn close_move<E: std::error::Error + 'static>(
        &self,
        first: &Survey,
        surveyor: &Surveyor,
        (books, words): (u128, Words),
        batch: usize,
    ) -> Result<Timestamp, TakeOverError<E>> {
        let mut closed = words.closed;
        if closed.is_none() {
            // Of a move that ended, or took this place for the end: nothing of the past can follow.
            for some in first.late.chunks(BATCH_MAX) {
                let ids = some.iter().map(|late| late.transfer.id.bits()).collect();
                if !self.kept(ids).await?.is_empty() {
                    return Err(TakeOverError::NotEmpty);
                }
            }
            if words.arrived.is_some() {
                return Err(TakeOverError::NotEmpty);
            }
            // Accounts of the past cannot follow what is said next.
            let now = self.instant().await?;
            self.make_all_accounts(&surveyor.survey(now), batch).await?;
            self.close(books, now).await?;
            closed = self.words().await?.closed;
        }
        match closed {
            Some((found, at)) if found == books => Ok(at),
            Some(_) | None => Err(TakeOverError::NotEmpty),
        }
    }
}
