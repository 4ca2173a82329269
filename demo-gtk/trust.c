#include "trust.h"

#include <bight/value.h>
#include <string.h>

/* What a person has accepted without remembering holds until the program ends. Otherwise each
 * reconnect would ask, also at night. */
struct chat_trust {
    chat_trust_ask_fn ask;
    void *data;
    bight_tls *tls;
    char *place; /* of the last question */
    uint8_t key[BIGHT_FINGERPRINT_SIZE];
    gboolean accepted; /* that key at that place */
};

static bight_result trust_on_answer(bight_result in, void *data)
{
    chat_trust *trust = data;

    trust->accepted = bight_result_get_int(in) != BIGHT_TLS_REFUSE;
    return in;
}

static bight_deferred *trust_decide(const bight_certificate_report *report, void *data)
{
    chat_trust *trust = data;
    const char *place = bight_certificate_report_get_place(report);
    const uint8_t *key =
        bight_certificate_get_key_fingerprint(bight_certificate_report_get_certificate(report, 0));

    if (trust->accepted && g_strcmp0(trust->place, place) == 0 &&
        memcmp(trust->key, key, sizeof trust->key) == 0)
        return bight_deferred_of(bight_result_int(BIGHT_TLS_ACCEPT));
    trust->accepted = FALSE;
    g_free(trust->place);
    trust->place = g_strdup(place);
    memcpy(trust->key, key, sizeof trust->key);
    return bight_deferred_then(trust->ask(report, trust->data), trust_on_answer, NULL, trust);
}

chat_trust *chat_trust_new(chat_trust_ask_fn ask, void *data)
{
    chat_trust *trust = g_new0(chat_trust, 1);
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    g_autofree char *folder = g_build_filename(g_get_user_config_dir(), "bight-chat", NULL);
    g_autofree char *pins = g_build_filename(folder, "known-servers", NULL);

    trust->ask = ask;
    trust->data = data;
    options.decide = trust_decide;
    options.decide_data = trust;
    options.pins_file = pins;
    g_mkdir_with_parents(folder, 0700);
    if (bight_tls_new_client(&options, NULL, &trust->tls) == BIGHT_OK)
        return trust;
    g_warning("%s cannot be read, so no server is remembered", pins);
    options.pins_file = NULL;
    if (bight_tls_new_client(&options, NULL, &trust->tls) != BIGHT_OK)
        trust->tls = NULL;
    return trust;
}

void chat_trust_free(chat_trust *trust)
{
    if (!trust)
        return;
    bight_tls_unref(trust->tls);
    g_free(trust->place);
    g_free(trust);
}

bight_tls *chat_trust_get_tls(chat_trust *trust)
{
    return trust->tls;
}
