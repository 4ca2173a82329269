/* The attempts after a connection was lost or could not be made, as a bight_retry(): its first
 * attempt fails at once with the error of that connection, so that a delay follows. Each further
 * attempt lasts until the client is ready or the connection has ended.
 *
 * The work of an attempt runs in a separate turn (see run_soon() in client.c), because an event
 * may free the client while steps of the retry are on the stack. */
#include "client_private.h"

#include <bight/later.h>
#include <stdlib.h>

/* The part by which a delay may be shortened at random, so that a thousand clients that lost one
 * server do not reconnect at the same time. */
#define RETRY_JITTER 0.25

/* splitmix64: sufficient for spreading retries. */
static uint64_t retry_random(void *data)
{
    bight_irc_client *client = data;
    uint64_t z = client->chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void retry_forget(bight_promise *promise, void *data)
{
    bight_irc_client *client = data;

    client->again = NULL;
    bight_promise_free(promise);
}

/* The delay is over. */
static bight_result retry_attempt(unsigned attempt, void *data)
{
    bight_irc_client *client = data;
    bight_error *lost = client->lost;
    bight_deferred *end;

    (void)attempt;
    client->lost = NULL;
    if (lost != NULL)
        return bight_result_error(lost);
    end = bight_deferred_new(&client->again);
    if (end == NULL)
        return bight_result_wait(NULL);
    bight_promise_on_cancel(client->again, retry_forget, client);
    client->state = BIGHT_IRC_CONNECTING;
    bight_task_schedule(client->soon);
    return bight_result_wait(end);
}

static void retry_tell(bight_irc_client *client, bight_irc_state state, const bight_error *reason)
{
    client->state = client->told = state;
    BIGHTI_IRCC_TELL(client, state_changed, (client, state, reason, client->data));
}

static void retry_waits(unsigned attempt, uint64_t delay, const bight_error *error, void *data)
{
    (void)attempt;
    (void)delay;
    retry_tell(data, BIGHT_IRC_WAITING, error);
}

/* The retry gave up, or it was stopped; a stop is not reported. */
static bight_result retry_end(bight_result in, void *data)
{
    bight_irc_client *client = data;
    bight_deferred *retry = client->retry;
    bool stopped = client->stopping;

    client->retry = NULL;
    client->stopping = false;
    bight_deferred_free(retry);
    if (!stopped) {
        bighti_ircc_enter(client);
        retry_tell(client, BIGHT_IRC_OFFLINE, in.error);
        bighti_ircc_leave(client);
    }
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bight_result retry_run(bight_result in, void *data)
{
    bight_irc_client *client = data;
    const bight_irc_client_options *given = &client->options;
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    if (in.error)
        return in;
    options.first_delay = given->reconnect_min;
    options.longest_delay = given->reconnect_max;
    options.jitter = RETRY_JITTER;
    options.attempts = given->reconnect_attempts > 0 ? given->reconnect_attempts + 1 : 0;
    options.waiting = retry_waits;
    options.random = given->seed != 0 ? retry_random : NULL;
    options.data = client;
    return bight_result_wait(bight_retry(client->reactor, &options, retry_attempt, client));
}

/* An event in the first attempt may stop the retry, so the chain must exist before that attempt
 * starts. */
static void retry_begin(bight_irc_client *client)
{
    bight_promise *start;

    client->retry = bight_deferred_new(&start);
    if (client->retry == NULL) {
        retry_tell(client, BIGHT_IRC_OFFLINE, client->lost);
        return;
    }
    bight_deferred_both(client->retry, retry_run, client);
    bight_deferred_both(client->retry, retry_end, client);
    bight_promise_fire(start, NULL, NULL);
}

void bighti_ircc_retry(bight_irc_client *client, bight_error *take_reason)
{
    bight_promise *again = client->again;

    client->again = NULL;
    if (again != NULL) {
        bight_promise_fail(again, take_reason);
        return;
    }
    bighti_ircc_retry_stop(client);
    client->lost = take_reason;
    retry_begin(client);
}

/* While a step of the retry is on the stack, it ends only when that step has returned; until then
 * it is stopping. */
void bighti_ircc_retry_stop(bight_irc_client *client)
{
    if (client->retry != NULL) {
        client->stopping = true;
        bight_deferred_cancel(client->retry);
    }
    bight_error_unref(client->lost);
    client->lost = NULL;
}
