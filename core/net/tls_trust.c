/* Reads the authorities, the certificate and the key of a context, from files or memory. */
#include "tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

/* The source of PEM text. */
typedef struct source {
    const char *what; /* for errors */
    const char *path; /* or NULL */
    bight_view text;
} source;

static bool is_given(const source *from)
{
    return from->path != NULL || from->text.size > 0;
}

static bight_error *fault(const source *from)
{
    char what[512];

    if (from->path == NULL)
        return bighti_tls_context_fault(from->what);
    snprintf(what, sizeof(what), "%s %s", from->what, from->path);
    return bighti_tls_context_fault(what);
}

/* Returns NULL and sets the error on failure. */
static BIO *open_source(const source *from, bight_error **error)
{
    BIO *bio;

    *error = NULL;
    if (from->path != NULL && access(from->path, R_OK) != 0) {
        *error = bight_error_new_errno(errno, "%s %s", from->what, from->path);
        return NULL;
    }
    bio = from->path != NULL || from->text.size > INT_MAX
              ? BIO_new_file(from->path != NULL ? from->path : "", "re")
              : BIO_new_mem_buf(from->text.data, (int)from->text.size);
    if (bio == NULL)
        *error = fault(from);
    return bio;
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

/* -- Authorities -- */

static bool add_authority(bight_tls *self, X509 *certificate)
{
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(self->ssl), certificate) == 1 &&
           (!self->is_server || SSL_CTX_add_client_CA(self->ssl, certificate) == 1);
}

static bight_error *add_authorities(bight_tls *self, const source *from)
{
    bight_error *error;
    BIO *bio = open_source(from, &error);
    X509 *certificate;
    bool good = true;
    unsigned count = 0;

    if (bio == NULL)
        return error;
    while (good && (certificate = PEM_read_bio_X509(bio, NULL, give_password, NULL)) != NULL) {
        good = add_authority(self, certificate);
        X509_free(certificate);
        count++;
    }
    if (!good || count == 0 || !is_at_end())
        error = fault(from);
    BIO_free(bio);
    return error;
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

static bool use_chain(SSL_CTX *ssl, BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, give_password, NULL);
    bool good = certificate != NULL && SSL_CTX_use_certificate(ssl, certificate) == 1;

    X509_free(certificate);
    while (good && (certificate = PEM_read_bio_X509(bio, NULL, give_password, NULL)) != NULL) {
        good = SSL_CTX_add0_chain_cert(ssl, certificate) == 1;
        if (!good)
            X509_free(certificate);
    }
    return good && is_at_end();
}

static bight_error *load_chain(bight_tls *self, const source *from)
{
    bight_error *error;
    BIO *bio = open_source(from, &error);

    if (bio == NULL)
        return error;
    if (!use_chain(self->ssl, bio))
        error = fault(from);
    BIO_free(bio);
    return error;
}

static bight_error *load_key(bight_tls *self, const source *from, const char *password)
{
    bight_error *error;
    BIO *bio = open_source(from, &error);
    EVP_PKEY *key;

    if (bio == NULL)
        return error;
    key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password);
    if (key == NULL || SSL_CTX_use_PrivateKey(self->ssl, key) != 1 ||
        SSL_CTX_check_private_key(self->ssl) != 1)
        error = fault(from);
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
    error = load_chain(self, &chain);
    return error != NULL ? error : load_key(self, &key, options->key_password);
}
