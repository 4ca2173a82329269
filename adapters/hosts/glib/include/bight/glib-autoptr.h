/** @file bight/glib-autoptr.h
 * g_autoptr() and g_auto() for the types of Bight:
 *
 *     g_autoptr(bight_deferred) page = fetch(url);
 *     g_autoptr(bight_error) error = bight_error_new(BIGHT_ERROR_NOT_FOUND, "no such page");
 *     g_auto(bight_result) result = bight_result_value(NULL);
 *
 * The cleanup calls the type's own free function; freeing a deferred does not cancel it. This
 * header only declares the types of threads, network, databases and protocols, so a program need
 * not link libraries that it does not use.
 */
#ifndef BIGHT_GLIB_AUTOPTR_H
#define BIGHT_GLIB_AUTOPTR_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/fork.h>
#include <bight/gather.h>
#include <bight/guest.h>
#include <bight/lock.h>
#include <bight/owner.h>
#include <bight/queue.h>
#include <bight/reactor.h>
#include <bight/signal.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <glib.h>

BIGHT_BEGIN_DECLS

/* Repeats declarations of headers that are not included here: those of higher layers and of other
 * libraries. */
typedef struct bight_lane bight_lane;
typedef struct bight_threads bight_threads;
typedef struct bight_resolver bight_resolver;
typedef struct bight_addresses bight_addresses;
typedef struct bight_records bight_records;
typedef struct bight_listener bight_listener;
typedef struct bight_layer_factory bight_layer_factory;
typedef struct bight_kind bight_kind;
typedef struct bight_transport bight_transport;
typedef struct bight_source bight_source;
typedef struct bight_source_writer bight_source_writer;
typedef struct bight_certificate bight_certificate;
typedef struct bight_certificate_report bight_certificate_report;
typedef struct bight_tls bight_tls;
typedef struct bight_gio_call bight_gio_call;
typedef struct bight_sql bight_sql;
typedef struct bight_sql_listener bight_sql_listener;
typedef struct bight_sql_table bight_sql_table;
typedef struct bight_line_client bight_line_client;
typedef struct bight_line_parser bight_line_parser;
typedef struct bight_line_session bight_line_session;
typedef struct bight_irc_client bight_irc_client;
typedef struct bight_irc_completion bight_irc_completion;
typedef struct bight_irc_server bight_irc_server;
void bight_lane_free(bight_lane *lane);
void bight_threads_free(bight_threads *threads);
void bight_addresses_free(void *addresses);
void bight_records_free(void *records);
void bight_resolver_free(bight_resolver *resolver);
void bight_listener_free(bight_listener *listener);
void bight_layer_factory_unref(bight_layer_factory *factory);
void bight_kind_unref(bight_kind *kind);
void bight_transport_free(bight_transport *transport);
void bight_source_free(bight_source *source);
void bight_source_writer_free(bight_source_writer *writer);
void bight_certificate_unref(bight_certificate *certificate);
void bight_certificate_report_unref(bight_certificate_report *report);
void bight_tls_unref(bight_tls *tls);
void bight_gio_call_free(bight_gio_call *call);
void bight_sql_free(bight_sql *sql);
void bight_sql_listener_free(bight_sql_listener *listener);
void bight_sql_table_free(void *table);
void bight_line_client_free(bight_line_client *client);
void bight_line_parser_free(bight_line_parser *parser);
void bight_line_session_free(bight_line_session *session);
void bight_irc_client_free(bight_irc_client *client);
void bight_irc_completion_free(bight_irc_completion *completion);
void bight_irc_server_free(bight_irc_server *server);

BIGHT_END_DECLS

/** Frees what a bight_result owns, and leaves the value NULL; for g_auto(). */
static inline void bight_result_clear(bight_result *result)
{
    bight_result_free(*result);
    *result = bight_result_value(NULL);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(bight_result, bight_result_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(bight_owner, bight_owner_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_bytes, bight_bytes_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_error, bight_error_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_deferred, bight_deferred_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_promise, bight_promise_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_results, bight_results_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_queue, bight_queue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_semaphore, bight_semaphore_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_reactor, bight_reactor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_fork_watch, bight_fork_watch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_guest, bight_guest_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_guest_call, bight_guest_call_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_task, bight_task_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_signal, bight_signal_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_timer, bight_timer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_watch, bight_watch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_lane, bight_lane_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_threads, bight_threads_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_addresses, bight_addresses_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_resolver, bight_resolver_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_records, bight_records_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_listener, bight_listener_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_layer_factory, bight_layer_factory_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_kind, bight_kind_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_transport, bight_transport_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_source, bight_source_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_source_writer, bight_source_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_certificate, bight_certificate_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_certificate_report, bight_certificate_report_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_tls, bight_tls_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_gio_call, bight_gio_call_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_sql, bight_sql_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_sql_listener, bight_sql_listener_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_sql_table, bight_sql_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_line_client, bight_line_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_line_parser, bight_line_parser_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_line_session, bight_line_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_irc_client, bight_irc_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_irc_completion, bight_irc_completion_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bight_irc_server, bight_irc_server_free)

#endif
