/* One question to a server that answers with a line. Both spinner examples use it. */
#ifndef ASK_H
#define ASK_H

#include <bight/deferred.h>
#include <bight/reactor.h>

BIGHT_BEGIN_DECLS

/* Fires with the answer, a string; see bight_result_get_string(). Cancelling it disconnects. */
bight_deferred *ask(bight_reactor *reactor, const char *endpoint, const char *question);

BIGHT_END_DECLS

#endif
