// Certificates as peers show them. What is read has texts without control characters, is found
// again in its own DER, and every question can be asked.
#include <bight/certificate.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace
{

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void checkText(const char *text)
{
    for (; *text != '\0'; ++text)
        require(static_cast<unsigned char>(*text) >= ' ' && *text != 0x7f);
}

void checkFingerprint(const std::uint8_t *fingerprint)
{
    char text[BIGHT_FINGERPRINT_TEXT_SIZE];

    require(std::strlen(bight_fingerprint_format(fingerprint, text)) == sizeof(text) - 1);
}

void checkDate(std::int64_t seconds)
{
    char text[BIGHT_DATE_TEXT_SIZE];

    require(std::strlen(bight_date_format(seconds, text)) > 0);
}

void checkSame(const bight_certificate *certificate)
{
    bight_view der = bight_certificate_get_der(certificate);
    bight_certificate *again = nullptr;

    if (bight_certificate_new(der, &again) != BIGHT_OK)
        return; // OpenSSL reads some that it does not write in the same way
    checkText(bight_certificate_get_subject(again));
    bight_certificate_unref(again);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    bight_certificate *certificate = nullptr;

    if (bight_certificate_new({data, size}, &certificate) != BIGHT_OK)
        return 0;
    checkText(bight_certificate_get_subject(certificate));
    checkText(bight_certificate_get_issuer(certificate));
    for (std::size_t i = 0; i < bight_certificate_get_name_count(certificate); i++)
        checkText(bight_certificate_get_name(certificate, i));
    checkDate(bight_certificate_get_not_before(certificate));
    checkDate(bight_certificate_get_not_after(certificate));
    checkFingerprint(bight_certificate_get_fingerprint(certificate));
    checkFingerprint(bight_certificate_get_key_fingerprint(certificate));
    checkSame(certificate);
    bight_certificate_unref(certificate);
    return 0;
}
