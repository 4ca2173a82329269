/* One certificate as a value: everything is taken out of OpenSSL's structure when it is made, so
 * that the getters cannot fail and a program needs no OpenSSL. */
#include "certificate.h"
#include "../base/check.h"
#include <bight/address.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_NAMES = 1000 };

struct bight_certificate {
    atomic_uint references;
    char *subject, *issuer;
    char **names;
    size_t name_count;
    int64_t not_before, not_after;
    uint8_t fingerprint[BIGHT_FINGERPRINT_SIZE], key_fingerprint[BIGHT_FINGERPRINT_SIZE];
    uint8_t *der;
    size_t der_size;
};

/* -- Texts -- */

/* Without the UTF-8 flag OpenSSL would escape every non-ASCII letter; it escapes control
 * characters in any case. */
char *bighti_certificate_name(const X509_NAME *name)
{
    const unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *copy = NULL;
    long length;

    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        length = BIO_get_mem_data(bio, &text);
        copy = length >= 0 ? calloc(1, (size_t)length + 1) : NULL;
        if (copy != NULL && length > 0)
            memcpy(copy, text, (size_t)length); /* not a string: OpenSSL ends it with nothing */
    }
    BIO_free(bio);
    return copy;
}

/* A host name in a certificate is ASCII. Anything else is made visible, and cannot end the text
 * early or change a terminal. */
static char *copy_ascii(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size + 1);

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++)
        copy[i] = bytes[i] > ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '?';
    copy[size] = '\0';
    return copy;
}

static char *copy_address(const uint8_t *bytes, size_t size)
{
    char text[BIGHT_ADDRESS_TEXT_SIZE];
    bight_address address;

    if (size != 4 && size != 16)
        return strdup("?");
    address = size == 4 ? bight_address_from_ipv4(bytes, 0) : bight_address_from_ipv6(bytes, 0, 0);
    return strdup(bight_address_format_host(&address, text, sizeof(text)));
}

/* -- Making one -- */

static bool certificate_add_name(bight_certificate *self, const GENERAL_NAME *name)
{
    int kind;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    const uint8_t *bytes;
    size_t size;
    char *text;

    if (kind != GEN_DNS && kind != GEN_IPADD)
        return true;
    bytes = ASN1_STRING_get0_data(value);
    size = (size_t)ASN1_STRING_length(value);
    text = kind == GEN_DNS ? copy_ascii(bytes, size) : copy_address(bytes, size);
    if (text != NULL)
        self->names[self->name_count++] = text;
    return text != NULL;
}

static bool certificate_read_names(bight_certificate *self, X509 *x509)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(all);
    bool good = true;

    if (count > MOST_NAMES)
        count = MOST_NAMES;
    if (count > 0) {
        self->names = calloc((size_t)count, sizeof(*self->names));
        good = self->names != NULL;
    }
    for (int i = 0; good && i < count; i++)
        good = certificate_add_name(self, sk_GENERAL_NAME_value(all, i));
    GENERAL_NAMES_free(all);
    return good;
}

/* An impossible time counts as the beginning of 1970. */
static int64_t seconds_of(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (epoch == NULL || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        days = seconds = 0;
    ASN1_TIME_free(epoch);
    return (int64_t)days * 86400 + seconds;
}

/* The whole SubjectPublicKeyInfo, as in pins of HPKP and in `openssl x509 -pubkey`. */
static bool certificate_hash_key(bight_certificate *self, X509 *x509)
{
    uint8_t *key = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &key);
    bool good = size > 0 &&
                EVP_Digest(key, (size_t)size, self->key_fingerprint, NULL, EVP_sha256(), NULL) == 1;

    OPENSSL_free(key);
    return good;
}

static bool certificate_copy_der(bight_certificate *self, X509 *x509)
{
    uint8_t *der = NULL;
    int size = i2d_X509(x509, &der);

    if (size > 0)
        self->der = malloc((size_t)size);
    if (self->der != NULL) {
        memcpy(self->der, der, (size_t)size);
        self->der_size = (size_t)size;
    }
    OPENSSL_free(der);
    return self->der != NULL;
}

static bool certificate_fill(bight_certificate *self, X509 *x509)
{
    self->subject = bighti_certificate_name(X509_get_subject_name(x509));
    self->issuer = bighti_certificate_name(X509_get_issuer_name(x509));
    self->not_before = seconds_of(X509_get0_notBefore(x509));
    self->not_after = seconds_of(X509_get0_notAfter(x509));
    return self->subject != NULL && self->issuer != NULL && certificate_read_names(self, x509) &&
           certificate_hash_key(self, x509) && certificate_copy_der(self, x509) &&
           EVP_Digest(self->der, self->der_size, self->fingerprint, NULL, EVP_sha256(), NULL) == 1;
}

bight_certificate *bighti_certificate_of(X509 *x509)
{
    bight_certificate *self = calloc(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    atomic_init(&self->references, 1);
    if (certificate_fill(self, x509))
        return self;
    bight_certificate_unref(self);
    return NULL;
}

bool bighti_is_pem(bight_view bytes)
{
    static const char begin[] = "-----BEGIN ";

    return bytes.size > 0 && memmem(bytes.data, bytes.size, begin, sizeof(begin) - 1) != NULL;
}

static X509 *read_x509(bight_view bytes)
{
    const uint8_t *at = bytes.data;
    X509 *x509;
    BIO *bio;

    if (bytes.size == 0 || bytes.size > INT32_MAX)
        return NULL;
    if (!bighti_is_pem(bytes))
        return d2i_X509(NULL, &at, (long)bytes.size);
    bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    if (bio == NULL)
        return NULL;
    x509 = PEM_read_bio_X509(bio, NULL, NULL, "");
    BIO_free(bio);
    return x509;
}

bight_status bight_certificate_new(bight_view bytes, bight_certificate **out)
{
    X509 *x509 = read_x509(bytes);
    bight_certificate *made = NULL;

    if (x509 != NULL)
        made = bighti_certificate_of(x509);
    ERR_clear_error();
    if (made == NULL) {
        bight_status status = x509 != NULL ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_INVALID;

        X509_free(x509);
        return status;
    }
    X509_free(x509);
    *out = made;
    return BIGHT_OK;
}

bight_certificate *bight_certificate_ref(bight_certificate *self)
{
    atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
    return self;
}

void bight_certificate_unref(bight_certificate *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < self->name_count; i++)
        free(self->names[i]);
    free(self->names);
    free(self->subject);
    free(self->issuer);
    free(self->der);
    free(self);
}

/* -- Questions -- */

const char *bight_certificate_get_subject(const bight_certificate *self)
{
    return self->subject;
}

const char *bight_certificate_get_issuer(const bight_certificate *self)
{
    return self->issuer;
}

size_t bight_certificate_get_name_count(const bight_certificate *self)
{
    return self->name_count;
}

const char *bight_certificate_get_name(const bight_certificate *self, size_t index)
{
    BIGHTI_REQUIRE(index < self->name_count, "a certificate has fewer names");
    return self->names[index];
}

int64_t bight_certificate_get_not_before(const bight_certificate *self)
{
    return self->not_before;
}

int64_t bight_certificate_get_not_after(const bight_certificate *self)
{
    return self->not_after;
}

const uint8_t *bight_certificate_get_fingerprint(const bight_certificate *self)
{
    return self->fingerprint;
}

const uint8_t *bight_certificate_get_key_fingerprint(const bight_certificate *self)
{
    return self->key_fingerprint;
}

bight_view bight_certificate_get_der(const bight_certificate *self)
{
    return (bight_view){self->der, self->der_size};
}

const char *bight_fingerprint_format(const uint8_t fingerprint[BIGHT_FINGERPRINT_SIZE],
                                     char text[BIGHT_FINGERPRINT_TEXT_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < BIGHT_FINGERPRINT_SIZE; i++) {
        text[3 * i] = digits[fingerprint[i] >> 4];
        text[3 * i + 1] = digits[fingerprint[i] & 15];
        text[3 * i + 2] = ':';
    }
    text[BIGHT_FINGERPRINT_TEXT_SIZE - 1] = '\0';
    return text;
}

const char *bight_date_format(int64_t seconds, char text[BIGHT_DATE_TEXT_SIZE])
{
    time_t moment = (time_t)seconds;
    struct tm parts;

    if (gmtime_r(&moment, &parts) == NULL ||
        strftime(text, BIGHT_DATE_TEXT_SIZE, "%Y-%m-%d", &parts) == 0)
        snprintf(text, BIGHT_DATE_TEXT_SIZE, "?");
    return text;
}
