/* OpenSSL reads directly from the bytes that the transport below has delivered, and writes into
 * that transport's output, where records wait for the end of the callback and are sent together.
 * The method belongs to a context: OpenSSL has only a small number of BIO types for a whole
 * process. */
#include "tls.h"
#include <string.h>

static int bio_read(BIO *bio, char *data, size_t size, size_t *count)
{
    bighti_tls_link *self = BIO_get_data(bio);
    size_t there = self->in != NULL ? self->in->size : 0, part = size < there ? size : there;

    BIO_clear_retry_flags(bio);
    *count = part;
    if (part == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(data, self->in->data, part);
    self->in->data += part;
    self->in->size -= part;
    return 1;
}

/* Always accepts all bytes, so that OpenSSL is never left with half a record. It does not change
 * the retry flags, which only reading uses. */
static int bio_write(BIO *bio, const char *data, size_t size, size_t *count)
{
    bighti_tls_link *self = BIO_get_data(bio);

    *count = size;
    bight_layer_send(self->layer, data, size);
    return 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *bighti_tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "bight");

    if (method == NULL)
        return NULL;
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
}

bool bighti_tls_bio_attach(bighti_tls_link *self)
{
    BIO *bio = BIO_new(self->context->bio);

    if (bio == NULL)
        return false;
    BIO_set_data(bio, self);
    BIO_set_init(bio, 1);
    SSL_set_bio(self->ssl, bio, bio);
    return true;
}
