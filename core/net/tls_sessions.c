/* A client's sessions, one for each host and port; the oldest is replaced when there is no
 * room. */
#include "tls.h"
#include <stdlib.h>
#include <string.h>

void bighti_tls_sessions_init(bighti_tls_sessions *sessions)
{
    *sessions = (bighti_tls_sessions){.clock = 0};
    pthread_mutex_init(&sessions->lock, NULL);
}

static void tls_sessions_empty(bighti_tls_session *place)
{
    free(place->key);
    SSL_SESSION_free(place->session);
    *place = (bighti_tls_session){NULL, NULL, 0};
}

void bighti_tls_sessions_deinit(bighti_tls_sessions *sessions)
{
    for (unsigned i = 0; i < BIGHTI_MOST_TLS_SESSIONS; i++)
        tls_sessions_empty(&sessions->places[i]);
    pthread_mutex_destroy(&sessions->lock);
}

static bighti_tls_session *tls_sessions_find(bighti_tls_sessions *sessions, const char *key)
{
    for (unsigned i = 0; i < BIGHTI_MOST_TLS_SESSIONS; i++) {
        bighti_tls_session *place = &sessions->places[i];

        if (place->key != NULL && strcmp(place->key, key) == 0)
            return place;
    }
    return NULL;
}

/* A free place has the number 0. */
static bighti_tls_session *find_oldest(bighti_tls_sessions *sessions)
{
    bighti_tls_session *oldest = &sessions->places[0];

    for (unsigned i = 1; i < BIGHTI_MOST_TLS_SESSIONS; i++) {
        if (sessions->places[i].used < oldest->used)
            oldest = &sessions->places[i];
    }
    return oldest;
}

void bighti_tls_sessions_put(bighti_tls_sessions *sessions, const char *key,
                             SSL_SESSION *take_session)
{
    char *copy = strdup(key);
    bighti_tls_session *place;

    if (copy == NULL) {
        SSL_SESSION_free(take_session);
        return;
    }
    pthread_mutex_lock(&sessions->lock);
    place = tls_sessions_find(sessions, key);
    if (place == NULL)
        place = find_oldest(sessions);
    tls_sessions_empty(place);
    *place = (bighti_tls_session){copy, take_session, ++sessions->clock};
    pthread_mutex_unlock(&sessions->lock);
}

SSL_SESSION *bighti_tls_sessions_take(bighti_tls_sessions *sessions, const char *key)
{
    bighti_tls_session *place;
    SSL_SESSION *session = NULL;

    pthread_mutex_lock(&sessions->lock);
    place = tls_sessions_find(sessions, key);
    if (place != NULL) {
        session = place->session;
        SSL_SESSION_up_ref(session);
        if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
            tls_sessions_empty(place);
    }
    pthread_mutex_unlock(&sessions->lock);
    return session;
}

void bighti_tls_sessions_forget(bighti_tls_sessions *sessions, const char *key)
{
    bighti_tls_session *place;

    pthread_mutex_lock(&sessions->lock);
    place = tls_sessions_find(sessions, key);
    if (place != NULL)
        tls_sessions_empty(place);
    pthread_mutex_unlock(&sessions->lock);
}
