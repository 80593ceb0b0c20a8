//! Reading a QR code from a camera frame or a photo, for browsers that cannot.

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    response::{IntoResponse, Redirect},
    routing::post,
};
use image::{ImageReader, Limits};
use kanuki_site::{
    Answer, Problem, Visit,
    signed_in::CustomerOnly,
    upload::{CsrfUpload, UPLOAD_BYTES_MAX},
};
use serde::Serialize;

use crate::WalletState;

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/pay/scan", post(scan))
        .route("/pay/photo", post(photo))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
}

/// The widest and highest picture that is decoded, in pixels.
const SIDE_MAX: u32 = 6_000;
/// What a picture may take in memory while it is decoded.
const DECODED_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Pictures are made this small first: a code that fills a third of it is still read.
const WORK_SIDE: u32 = 1_200;

#[derive(Serialize)]
struct Read {
    text: Option<String>,
}

async fn decode(picture: bytes::Bytes) -> Option<String> {
    tokio::task::spawn_blocking(move || read(&picture)).await.ok().flatten()
}

/// The text of the first code in a picture from a stranger: bounded in size, and nothing but PNG
/// and JPEG.
fn read(picture: &[u8]) -> Option<String> {
    let mut reader = ImageReader::new(std::io::Cursor::new(picture)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let image = reader.decode().ok()?;
    let is_large = image.width() > WORK_SIDE || image.height() > WORK_SIDE;
    let image = if is_large { image.thumbnail(WORK_SIDE, WORK_SIDE) } else { image };
    let mut prepared = rqrr::PreparedImage::prepare(image.to_luma8());
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

fn may_scan(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("scan", 600, 600) { Ok(()) } else { Err(Problem::too_many()) }
}

async fn scan(visit: Visit, CustomerOnly(_): CustomerOnly, upload: CsrfUpload) -> Answer {
    may_scan(&visit)?;
    Ok(Json(Read { text: decode(upload.file).await }).into_response())
}

async fn photo(visit: Visit, CustomerOnly(_): CustomerOnly, upload: CsrfUpload) -> Answer {
    may_scan(&visit)?;
    Ok(match decode(upload.file).await {
        Some(text) => {
            let query = serde_urlencoded::to_string([("code", text)]).unwrap_or_default();
            Redirect::to(&format!("/pay?{query}")).into_response()
        }
        None => Redirect::to("/pay?error=unreadable").into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_read_as_nothing() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\x89PNG\r\n\x1a\n and no more"), None);
    }

    #[test]
    fn a_code_in_a_picture_is_read() {
        // 33 modules of a version-4 code would be too small to find: 8 pixels each.
        let code = qrcode::QrCode::new("000201 kanuki").unwrap();
        let side = u32::try_from(code.width()).unwrap();
        let scale = 8;
        let edge = 4;
        let colors = code.to_colors();
        let picture = image::GrayImage::from_fn(
            (side + 2 * edge) * scale,
            (side + 2 * edge) * scale,
            |x, y| {
                let (x, y) = (x.div_euclid(scale), y.div_euclid(scale));
                let inside = (edge..edge + side).contains(&x) && (edge..edge + side).contains(&y);
                let index = || usize::try_from((y - edge) * side + (x - edge)).unwrap();
                let is_dark = inside && colors[index()] == qrcode::Color::Dark;
                image::Luma([if is_dark { 0 } else { 255 }])
            },
        );
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        assert_eq!(read(png.get_ref()).as_deref(), Some("000201 kanuki"));
    }
}
