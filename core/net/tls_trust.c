/* Reads the authorities, the certificate and the key of a context, from files or memory. What
 * begins with no line of PEM is taken for DER. */
#include "tls.h"
#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where certificates or a key are read from. */
typedef struct source {
    const char *what; /* for errors */
    const char *path; /* or NULL */
    bight_view text;
} source;

static bool is_given(const source *from)
{
    return from->path != NULL || from->text.size > 0;
}

static void source_describe(const source *from, char *text, size_t size)
{
    if (from->path == NULL)
        snprintf(text, size, "%s", from->what);
    else
        snprintf(text, size, "%s %s", from->what, from->path);
}

static bight_error *fault(const source *from)
{
    char what[512];

    source_describe(from, what, sizeof(what));
    return bighti_tls_context_fault(what);
}

/* An error with words of our own instead of OpenSSL's, and with its code. */
static bight_error *source_fail(const source *from, const char *words)
{
    unsigned long code = ERR_peek_error();
    char what[512];

    source_describe(from, what, sizeof(what));
    ERR_clear_error();
    return bight_error_new_code(BIGHT_DOMAIN_OPENSSL, (int)code, BIGHT_ERROR_PROTOCOL, "%s: %s",
                                what, words);
}

/* A file is read whole, because its beginning decides how it is read. Certificates of a system
 * take 250 KiB. */
enum { MOST_TEXT = 64 << 20 };

static BIO *read_file(const char *path)
{
    BIO *file = BIO_new_file(path, "re"), *all = BIO_new(BIO_s_mem());
    char part[4096];
    int size, total = 0;
    bool good = file != NULL && all != NULL;

    while (good && total < MOST_TEXT && (size = BIO_read(file, part, sizeof(part))) > 0) {
        good = BIO_write(all, part, size) == size;
        total += size;
    }
    BIO_free(file);
    if (good)
        return all;
    BIO_free(all);
    return NULL;
}

/* Returns NULL and sets the error on failure. */
static BIO *open_source(const source *from, bight_error **error)
{
    BIO *bio = NULL;

    *error = NULL;
    if (from->path != NULL && access(from->path, R_OK) != 0) {
        *error = bight_error_new_errno(errno, "%s %s", from->what, from->path);
        return NULL;
    }
    if (from->path != NULL)
        bio = read_file(from->path);
    else if (from->text.size <= INT_MAX)
        bio = BIO_new_mem_buf(from->text.data, (int)from->text.size);
    if (bio == NULL)
        *error = fault(from);
    return bio;
}

static bight_view bytes_of(BIO *bio)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);

    return (bight_view){(const uint8_t *)data, size > 0 ? (size_t)size : 0};
}

/* A bundle of a key and certificates, which is DER too, and which other programs import. */
static bool is_pkcs12(bight_view bytes)
{
    const uint8_t *at = bytes.data;
    PKCS12 *bundle = d2i_PKCS12(NULL, &at, (long)bytes.size);

    PKCS12_free(bundle);
    return bundle != NULL;
}

static bight_error *explain_unread(const source *from, bight_view bytes)
{
    if (bytes.size == 0)
        return source_fail(from, "it is empty");
    if (is_pkcs12(bytes))
        return source_fail(from,
                           "this is a PKCS #12 bundle; `openssl pkcs12 -in FILE -nodes` makes "
                           "PEM of it");
    return source_fail(from, "there is neither PEM nor DER that can be read");
}

/* Whether reading has stopped at the end of the text, and not at a broken block. */
static bool is_at_end(void)
{
    unsigned long code = ERR_peek_last_error();
    bool at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;

    if (at_end)
        ERR_clear_error();
    return at_end;
}

/* Never prompts for a password: a program with a window has no terminal for that. */
static int give_password(char *buffer, int size, int writing, void *data)
{
    const char *password = data;
    size_t length = password != NULL ? strlen(password) : 0;

    (void)writing;
    if (password == NULL || length >= (size_t)size)
        return -1;
    memcpy(buffer, password, length);
    return (int)length;
}

/* -- Certificates in either form -- */

/* One certificate in DER. */
static bool read_der(bight_tls *self, bight_view bytes, bool (*use)(bight_tls *, X509 *))
{
    const uint8_t *at = bytes.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)bytes.size);
    bool good = certificate != NULL && use(self, certificate);

    X509_free(certificate);
    return good;
}

static bight_error *read_certificates(bight_tls *self, const source *from,
                                      bool (*use_pem)(bight_tls *, BIO *),
                                      bool (*use_der)(bight_tls *, X509 *))
{
    bight_error *error;
    BIO *bio = open_source(from, &error);
    bight_view bytes;
    bool pem;

    if (bio == NULL)
        return error;
    bytes = bytes_of(bio);
    pem = bighti_is_pem(bytes);
    if (pem ? !use_pem(self, bio) : !read_der(self, bytes, use_der))
        error = pem ? fault(from) : explain_unread(from, bytes);
    BIO_free(bio);
    return error;
}

/* -- Authorities -- */

static bool add_authority(bight_tls *self, X509 *certificate)
{
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(self->ssl), certificate) == 1 &&
           (!self->is_server || SSL_CTX_add_client_CA(self->ssl, certificate) == 1);
}

static bool add_authorities_of_pem(bight_tls *self, BIO *bio)
{
    X509 *certificate;
    bool good = true;
    unsigned count = 0;

    while (good && (certificate = PEM_read_bio_X509(bio, NULL, give_password, NULL)) != NULL) {
        good = add_authority(self, certificate);
        X509_free(certificate);
        count++;
    }
    return good && count > 0 && is_at_end();
}

static bight_error *add_authorities(bight_tls *self, const source *from)
{
    return read_certificates(self, from, add_authorities_of_pem, add_authority);
}

static bight_error *add_directory(bight_tls *self, const char *path)
{
    if (access(path, R_OK | X_OK) != 0)
        return bight_error_new_errno(errno, "directory of authorities %s", path);
    if (SSL_CTX_load_verify_dir(self->ssl, path) == 1)
        return NULL;
    return bighti_tls_context_fault("directory of authorities");
}

bight_error *bighti_tls_load_trust(bight_tls *self, const bight_tls_options *options)
{
    const source file = {.what = "authorities", .path = options->ca_file};
    const source memory = {.what = "authorities", .text = options->ca_pem};
    bight_error *error = NULL;

    if (is_given(&file))
        error = add_authorities(self, &file);
    if (error == NULL && is_given(&memory))
        error = add_authorities(self, &memory);
    if (error == NULL && options->ca_directory != NULL)
        error = add_directory(self, options->ca_directory);
    if (error != NULL || is_given(&file) || is_given(&memory) || options->ca_directory != NULL)
        return error;
    if (!self->is_server && !self->accepts_any && SSL_CTX_set_default_verify_paths(self->ssl) != 1)
        error = bighti_tls_context_fault("the system's authorities");
    bighti_tls_clear_errors();
    return error;
}

/* -- The own certificate -- */

static bool use_certificate(bight_tls *self, X509 *certificate)
{
    return SSL_CTX_use_certificate(self->ssl, certificate) == 1;
}

static bool use_chain(bight_tls *self, BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, give_password, NULL);
    bool good = certificate != NULL && use_certificate(self, certificate);

    X509_free(certificate);
    while (good && (certificate = PEM_read_bio_X509(bio, NULL, give_password, NULL)) != NULL) {
        good = SSL_CTX_add0_chain_cert(self->ssl, certificate) == 1;
        if (!good)
            X509_free(certificate);
    }
    return good && is_at_end();
}

/* A password and whether anything asked for it. */
typedef struct key_password {
    const char *text; /* or NULL */
    bool asked;
} key_password;

static int give_key_password(char *buffer, int size, int writing, void *data)
{
    key_password *password = data;

    password->asked = true;
    return give_password(buffer, size, writing, (void *)password->text);
}

/* Plain keys of any kind, and encrypted ones (PKCS #8). */
static EVP_PKEY *read_key_of_der(BIO *bio, key_password *password)
{
    bight_view bytes = bytes_of(bio);
    const uint8_t *at = bytes.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)bytes.size);

    if (key == NULL)
        key = d2i_PKCS8PrivateKey_bio(bio, NULL, give_key_password, password);
    return key;
}

static bight_error *explain_key(const source *from, bight_view bytes, const key_password *password)
{
    if (password->asked && password->text == NULL)
        return source_fail(from, "it is encrypted, and no password was given");
    if (password->asked)
        return source_fail(from, "it is encrypted, and the password is wrong");
    return bighti_is_pem(bytes) ? fault(from) : explain_unread(from, bytes);
}

static bight_error *use_key(bight_tls *self, const source *from, EVP_PKEY *key)
{
    if (SSL_CTX_use_PrivateKey(self->ssl, key) == 1 && SSL_CTX_check_private_key(self->ssl) == 1)
        return NULL;
    if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509 &&
        ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH)
        return source_fail(from, "it is not the key of the certificate (key values mismatch)");
    return fault(from);
}

static bight_error *load_key(bight_tls *self, const source *from, const char *text)
{
    key_password password = {.text = text};
    bight_error *error;
    BIO *bio = open_source(from, &error);
    bight_view bytes;
    EVP_PKEY *key;

    if (bio == NULL)
        return error;
    bytes = bytes_of(bio);
    if (bighti_is_pem(bytes))
        key = PEM_read_bio_PrivateKey(bio, NULL, give_key_password, &password);
    else
        key = read_key_of_der(bio, &password);
    error = key != NULL ? use_key(self, from, key) : explain_key(from, bytes, &password);
    bighti_tls_clear_errors();
    EVP_PKEY_free(key);
    BIO_free(bio);
    return error;
}

bight_error *bighti_tls_load_certificate(bight_tls *self, const bight_tls_options *options)
{
    source chain = {"certificate", options->certificate_file, options->certificate_pem};
    source key = {"key", options->key_file, options->key_pem};
    bight_error *error;

    if (!is_given(&chain) && !is_given(&key) && !self->is_server)
        return NULL;
    if (!is_given(&chain))
        return bight_error_new(BIGHT_ERROR_INVALID, "no certificate");
    if (!is_given(&key)) {
        key.path = chain.path;
        key.text = chain.text;
    }
    error = read_certificates(self, &chain, use_chain, use_certificate);
    return error != NULL ? error : load_key(self, &key, options->key_password);
}
