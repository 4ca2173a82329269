/* Whom the program trusts: the context of TLS, which asks the person about certificates. */
#ifndef CHAT_TRUST_H
#define CHAT_TRUST_H

#include <bight/tls.h>
#include <glib.h>

/* Asks a person, as bight_tls_options.decide does. */
typedef bight_deferred *(*chat_trust_ask_fn)(const bight_certificate_report *report, void *data);

typedef struct chat_trust chat_trust;

chat_trust *chat_trust_new(chat_trust_ask_fn ask, void *data);
void chat_trust_free(chat_trust *trust);

/* The context for connections; NULL for the defaults of the library. Borrowed. */
bight_tls *chat_trust_get_tls(chat_trust *trust);

#endif
