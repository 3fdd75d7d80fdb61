//! The order of the extensions in a `ClientHello`, which rustls draws at random for every connection.
//!
//! Two hellos that are compared must differ in nothing but what is tried. And a filter that reads packets one by one sees
//! the server name only where it is in the first: there OpenSSL and Go, which most clients use, put it every time.

use std::sync::LazyLock;

use rustls::crypto::{GetRandomFailed, SecureRandom, aws_lc_rs};

/// The seed of an order that begins with the server name.
const NAME_FIRST: [u8; 2] = [0, 5];

/// Real randomness, but for the two bytes that decide the order.
#[derive(Debug)]
struct Ordered(&'static dyn SecureRandom);

impl SecureRandom for Ordered {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        match <&mut [u8; 2]>::try_from(&mut *buffer) {
            Ok(seed) => {
                *seed = NAME_FIRST;
                Ok(())
            }
            Err(_) => self.0.fill(buffer),
        }
    }
}

static ORDERED: LazyLock<Ordered> = LazyLock::new(|| Ordered(aws_lc_rs::default_provider().secure_random));

/// The source of randomness for handshakes.
pub(super) fn random() -> &'static dyn SecureRandom {
    &*ORDERED
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::ClientConnection;

    use crate::probe::tls::{Offer, Recorder, client_config, server_name};

    fn hello(name: &str) -> Vec<u8> {
        let config = client_config(&Arc::new(Recorder::new()), &Offer::https(name)).unwrap();
        let mut connection = ClientConnection::new(config, server_name(name).unwrap()).unwrap();
        let mut bytes = Vec::new();
        connection.write_tls(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_name_is_in_the_first_packet_and_nothing_else_of_value_is_fixed() {
        let name = "my-resource.openai.azure.com";
        let [one, other] = [hello(name), hello(name)];
        let at = one.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
        assert!(at < 160, "{at}");
        // Record and handshake header, version; then 32 random bytes.
        assert_eq!(one[..11], other[..11]);
        assert_ne!(one[11..43], other[11..43]);
        assert_ne!(one[at..], other[at..], "the key shares are drawn anew");
    }
}
