use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};

use super::*;

fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let uri = format!("urn:{name}").try_into().unwrap();
    params.subject_alt_names.push(SanType::URI(uri));
    params
}

fn read(certificate: &rcgen::Certificate) -> ClientCertificate {
    let der = certificate.der().to_vec();
    let read = ClientCertificate::from_der(der).unwrap();
    assert_eq!(ClientCertificate::from_header(&read.to_header()), Ok(read.clone()));
    read
}

fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> ClientCertificate {
    let mut params = params("wallet");
    change(&mut params);
    read(&params.self_signed(&KeyPair::generate().unwrap()).unwrap())
}

fn registered(certificate: &ClientCertificate) -> TlsClient {
    TlsClient::SelfSigned { thumbprints: vec![certificate.thumbprint()] }
}

#[test]
fn a_registered_certificate_proves_its_client_while_it_is_valid() {
    let good = self_signed(|_| ());
    assert_eq!(good.check(&registered(&good), now()), Ok(()));
    let other = self_signed(|_| ());
    assert_eq!(good.check(&registered(&other), now()), Err(CertificateError::Unregistered));

    let old = self_signed(|p| p.not_after = rcgen::date_time_ymd(2026, 11, 21));
    assert_eq!(old.check(&registered(&old), now()), Err(CertificateError::Time));
    let young = self_signed(|p| p.not_before = rcgen::date_time_ymd(2026, 11, 23));
    assert_eq!(young.check(&registered(&young), now()), Err(CertificateError::Time));
    let server = self_signed(|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    assert_eq!(server.check(&registered(&server), now()), Err(CertificateError::Usage));
    let client = self_signed(|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    assert_eq!(client.check(&registered(&client), now()), Ok(()));
}

fn by(authority: &str, names: [Option<&str>; 3]) -> TlsClient {
    let [subject_dn, san_dns, san_uri] = names.map(|name| name.map(str::to_owned));
    TlsClient::Authority { authority: authority.to_owned(), subject_dn, san_dns, san_uri }
}

#[test]
fn a_name_counts_only_from_the_registered_authority() {
    let mut ca = params("ca");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, &ca_key);
    let key = KeyPair::generate().unwrap();
    let good = read(&params("wallet").signed_by(&key, &issuer).unwrap());

    let (dn, dns, uri) = (Some("CN=wallet"), Some("wallet.example"), Some("urn:wallet"));
    for names in [[dn, None, None], [None, dns, None], [None, None, uri], [dn, dns, uri]] {
        assert_eq!(good.check(&by(&pem, names), now()), Ok(()), "{names:?}");
    }
    let unregistered = Err(CertificateError::Unregistered);
    let other = Some("other");
    for names in [[None; 3], [other, None, None], [dn, other, None], [dn, dns, other]] {
        assert_eq!(good.check(&by(&pem, names), now()), unregistered, "{names:?}");
    }
    // The same names in a certificate that its bearer signed, or another authority of that name.
    let own = self_signed(|_| ());
    assert_eq!(own.check(&by(&pem, [dn, dns, uri]), now()), unregistered);
    let false_key = KeyPair::generate().unwrap();
    let false_issuer = Issuer::new(params("ca"), &false_key);
    let forged = read(&params("wallet").signed_by(&key, &false_issuer).unwrap());
    assert_eq!(forged.check(&by(&pem, [dn, dns, uri]), now()), unregistered);
    assert_eq!(good.check(&by("no certificate", [dn, dns, uri]), now()), unregistered);
}

#[test]
fn a_header_that_is_no_certificate_is_refused() {
    let good = self_signed(|_| ()).to_header();
    for bad in [
        "",
        "::",
        ":AAAA:",
        good.trim_matches(':'),
        &format!("{good}, {good}"),
        &format!(":{}:", "A".repeat(MAX_BYTES)),
    ] {
        assert_eq!(ClientCertificate::from_header(bad), Err(CertificateError::Malformed));
    }
}
