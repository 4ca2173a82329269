#include "identity.h"
#include "servers.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONE_DAY = 24 * 60 * 60 };

static X509 *sign(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -ONE_DAY);
    X509_gmtime_adj(X509_getm_notAfter(certificate), ONE_DAY);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench.test", -1,
                               -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        die("sign a certificate");
    return certificate;
}

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        die(path);
    return file;
}

void identity_make(identity *self)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate;
    FILE *file;

    strcpy(self->directory, "/tmp/bight-bench-XXXXXX");
    if (key == NULL || mkdtemp(self->directory) == NULL)
        die("make a certificate");
    snprintf(self->certificate, sizeof(self->certificate), "%s/cert.pem", self->directory);
    snprintf(self->key, sizeof(self->key), "%s/key.pem", self->directory);
    certificate = sign(key);
    file = create(self->certificate);
    PEM_write_X509(file, certificate);
    fclose(file);
    file = create(self->key);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void identity_remove(const identity *self)
{
    unlink(self->certificate);
    unlink(self->key);
    rmdir(self->directory);
}
