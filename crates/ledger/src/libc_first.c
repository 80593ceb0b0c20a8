/* The C library's memset, memcmp and bcmp under names that come before those of another library.
 *
 * TigerBeetle's client brings along a runtime whose versions of them go byte by byte. Whatever is linked
 * in wins over a shared library, so that the whole program would compare and clear memory with them: 26
 * bytes take four times as long, a page thirty times. These ask the C library, by the version of a name
 * that nobody else has. They come first, and give way to a debugger's or a fuzzer's, which are not weak.
 * The client's memcpy is as fast as the C library's, and stays.
 */
#include <stddef.h>

#ifdef __aarch64__
#define FROM_LIBC(name) __asm__(".symver libc_" #name "," #name "@GLIBC_2.17")
#else
#define FROM_LIBC(name) __asm__(".symver libc_" #name "," #name "@GLIBC_2.2.5")
#endif
#define OURS __attribute__((weak, visibility("hidden")))

extern void *libc_memset(void *, int, size_t);
extern int libc_memcmp(const void *, const void *, size_t);
FROM_LIBC(memset);
FROM_LIBC(memcmp);

OURS void *memset(void *to, int byte, size_t count) { return libc_memset(to, byte, count); }
OURS int memcmp(const void *a, const void *b, size_t count) { return libc_memcmp(a, b, count); }
OURS int bcmp(const void *a, const void *b, size_t count) { return libc_memcmp(a, b, count); }
