#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    (kanuki_fuzz::TARGETS[21].run)(bytes);
});
