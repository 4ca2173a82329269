/* Lets a GApplication own a reactor and free it at its end. */
#ifndef BIGHTI_GLIB_TIE_H
#define BIGHTI_GLIB_TIE_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

typedef struct bighti_tie {
    bight_reactor *reactor;
    GApplication *application; /* borrowed; NULL while there is no tie */
    gulong handler;            /* of its signal "shutdown" */
} bighti_tie;

void bighti_tie_begin(bighti_tie *self, bight_reactor *reactor, GApplication *application);

/* Legal without a tie. */
void bighti_tie_end(bighti_tie *self);

BIGHT_END_DECLS

#endif
