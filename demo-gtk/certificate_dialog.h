/* The question whether to connect although a certificate is not trusted. */
#ifndef CHAT_CERTIFICATE_DIALOG_H
#define CHAT_CERTIFICATE_DIALOG_H

#include <adwaita.h>
#include <bight/tls.h>

/* Ask a person. The dialog closes when the deferred is cancelled. Returns the answer as
 * bight_tls_options.decide wants it. */
bight_deferred *chat_certificate_dialog_open(GtkWindow *parent,
                                             const bight_certificate_report *report);

#endif
