// Every public structure of options, events or operations can grow: a program that was built with
// an older, smaller one works, and so does one with a newer, larger one that uses nothing new.
#include "base/options.h"
#include "support/peer.hpp"

#include <bight/crank.h>
#include <bight/guest.h>
#include <bight/host.h>
#include <bight/irc_client.h>
#include <bight/irc_server.h>
#include <bight/kind.h>
#include <bight/later.h>
#include <bight/layer.h>
#include <bight/line.h>
#include <bight/line_client.h>
#include <bight/pair.h>
#include <bight/rate_limit.h>
#include <bight/reactor.h>
#include <bight/resolver.h>
#include <bight/scheme.h>
#include <bight/source.h>
#include <bight/sql.h>
#include <bight/threads.h>
#include <bight/tls.h>
#include <bight/wire_log.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

constexpr size_t tailSize = 2 * sizeof(size_t);

// A structure in a block of exactly its own size, so that a sanitizer sees who reads on.
class Sized
{
  public:
    template <typename T> Sized(const T &from, size_t size) : bytes_(new unsigned char[size]())
    {
        std::memcpy(bytes_.get(), &from, size < sizeof(T) ? size : sizeof(T));
        std::memcpy(bytes_.get(), &size, sizeof(size));
    }
    template <typename T> const T *as() const
    {
        return reinterpret_cast<const T *>(bytes_.get());
    }
    unsigned char &operator[](size_t at)
    {
        return bytes_[at];
    }

  private:
    std::unique_ptr<unsigned char[]> bytes_;
};

// What a size comes to: the function gives the status, or aborts where wrong options are misuse.
template <typename T> using Use = std::function<bight_status(const T *)>;

template <typename T> void expectOptionsGrow(const T &given, const Use<T> &use, bool aborts = false)
{
    Sized older(given, sizeof(T) - sizeof(size_t)), newer(given, sizeof(T) + tailSize);
    Sized wanting(given, sizeof(T) + tailSize), none(given, sizeof(T)), odd(given, sizeof(T));

    EXPECT_EQ(use(&given), BIGHT_OK);
    EXPECT_EQ(use(older.as<T>()), BIGHT_OK) << "smaller";
    EXPECT_EQ(use(newer.as<T>()), BIGHT_OK) << "larger, and zero behind what is known";
    wanting[sizeof(T) + tailSize - 1] = 1;
    std::memset(&none[0], 0, sizeof(size_t));
    odd[0]--;
    for (Sized *wrong : {&wanting, &none, &odd}) {
        if (aborts)
            EXPECT_DEATH((void)use(wrong->as<T>()), "misuse in .*unknown size");
        else
            EXPECT_EQ(use(wrong->as<T>()), BIGHT_ERROR_INVALID);
    }
}

// Tables: 0 and what is larger are known, whatever stands in the tail.
template <typename T> void expectTableGrows(const T &given, const Use<T> &use, bool aborts = false)
{
    Sized none(given, sizeof(T)), newer(given, sizeof(T) + tailSize);
    Sized less(given, 2 * sizeof(size_t));

    EXPECT_EQ(use(&given), BIGHT_OK);
    std::memset(&none[0], 0, sizeof(size_t));
    EXPECT_EQ(use(none.as<T>()), BIGHT_OK) << "without a size";
    std::memset(&newer[sizeof(T)], 0xff, tailSize);
    EXPECT_EQ(use(newer.as<T>()), BIGHT_OK) << "larger";
    if (aborts)
        EXPECT_DEATH((void)use(less.as<T>()), "misuse in .*unknown size");
    else
        EXPECT_EQ(use(less.as<T>()), BIGHT_ERROR_INVALID);
}

// --- the reader ----------------------------------------------------------------------------------

struct Toy {
    size_t size;
    size_t one, two;
};

constexpr Toy toyDefaults = {sizeof(Toy), 10, 20};

TEST(OptionsRead, completesWhatIsSmallerWithDefaults)
{
    Toy given = {2 * sizeof(size_t), 1, 2}, read = {};

    EXPECT_TRUE(bighti_options_read(&given, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.size, sizeof(Toy));
    EXPECT_EQ(read.one, 1u);
    EXPECT_EQ(read.two, 20u);
}

TEST(OptionsRead, ofNothingGivesTheDefaults)
{
    Toy read = {};

    EXPECT_TRUE(bighti_options_read(nullptr, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.two, 20u);
}

TEST(OptionsRead, takesWhatIsLargerIfNothingNewIsAskedFor)
{
    Toy given[2] = {{sizeof(given), 1, 2}, {0, 0, 0}}, read = {};

    EXPECT_TRUE(bighti_options_read(given, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.size, sizeof(Toy));
    EXPECT_EQ(read.two, 2u);
    given[1].two = 1;
    EXPECT_FALSE(bighti_options_read(given, &toyDefaults, sizeof(read), &read));
}

TEST(OptionsRead, slotsThatATableDoesNotHaveAreNone)
{
    const Toy older = {2 * sizeof(size_t), 1, 2}, newer = {sizeof(Toy), 1, 2}, none = {0, 1, 2};

    EXPECT_EQ(BIGHTI_SLOT(&older, Toy, one), 1u);
    EXPECT_EQ(BIGHTI_SLOT(&older, Toy, two), 0u);
    EXPECT_EQ(BIGHTI_SLOT(&newer, Toy, two), 2u);
    EXPECT_EQ(BIGHTI_SLOT(&none, Toy, one), 0u);
}

// --- core ----------------------------------------------------------------------------------------

class Growing : public testing::Test
{
  protected:
    Growing()
    {
        GTEST_FLAG_SET(death_test_style, "fast");
        reactor = bight_crank_reactor_new();
    }
    ~Growing() override
    {
        bight_reactor_free(reactor);
    }
    bight_reactor *reactor;
};

TEST_F(Growing, reactorOptions)
{
    const bight_reactor_options options = BIGHT_REACTOR_OPTIONS_INIT;

    expectOptionsGrow<bight_reactor_options>(options, [](const bight_reactor_options *given) {
        bight_reactor *made = nullptr;
        bight_status status = bight_reactor_new_with(given, &made);

        bight_reactor_free(made);
        return status;
    });
}

TEST_F(Growing, retryOptions)
{
    const bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    expectOptionsGrow<bight_retry_options>(
        options,
        [this](const bight_retry_options *given) {
            auto attempt = [](unsigned, void *) { return bight_result_value(nullptr); };
            bight_deferred *deferred = bight_retry(reactor, given, attempt, nullptr);
            bool made = deferred != nullptr;

            bight_deferred_free(deferred);
            return made ? BIGHT_OK : BIGHT_ERROR_NO_MEMORY;
        },
        true);
}

TEST_F(Growing, resolverOptions)
{
    const bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;

    expectOptionsGrow<bight_resolver_options>(options, [this](const bight_resolver_options *given) {
        bight_resolver *made = nullptr;
        bight_status status = bight_resolver_new(reactor, given, &made);

        bight_resolver_free(made);
        return status;
    });
}

TEST_F(Growing, connectOptions)
{
    const bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;

    expectOptionsGrow<bight_connect_options>(options, [this](const bight_connect_options *given) {
        support::Peer nobody;
        bight_status status = BIGHT_OK;
        bight_deferred *deferred =
            bight_connect_with(reactor, "unix:/nonexistent/socket", given, &nobody);
        auto note = [](bight_result in, void *data) {
            *static_cast<bight_status *>(data) = bight_error_get_status(in.error);
            bight_result_free(in);
            return bight_result_value(nullptr);
        };

        bight_deferred_both(deferred, note, &status);
        bight_crank_settle(reactor);
        bight_deferred_free(deferred);
        return status == BIGHT_ERROR_NOT_FOUND ? BIGHT_OK : status; // so it has been tried
    });
}

TEST_F(Growing, listenOptions)
{
    const bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;

    expectOptionsGrow<bight_listen_options>(options, [this](const bight_listen_options *given) {
        bight_listener *listener = nullptr;
        auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
            return nullptr;
        };
        bight_status status = bight_listen_with(reactor, "tcp:127.0.0.1:0", given, serve, nullptr,
                                                nullptr, &listener);

        bight_listener_free(listener);
        return status;
    });
}

TEST_F(Growing, schemeOps)
{
    static const auto connect = [](bight_reactor *, const bight_endpoint *,
                                   const bight_connect_options *, bight_protocol *,
                                   void *) -> bight_deferred * { return nullptr; };
    static const bight_scheme_ops ops = {sizeof(ops), "test",  nullptr, false,   false,
                                         connect,     nullptr, nullptr, nullptr, nullptr};

    expectTableGrows<bight_scheme_ops>(ops, [](const bight_scheme_ops *given) {
        bight_reactor *own = bight_crank_reactor_new();
        bight_status status = bight_reactor_add_scheme(own, given, nullptr, nullptr);

        bight_reactor_free(own);
        return status;
    });
}

TEST_F(Growing, tlsOptions)
{
    const bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;

    expectOptionsGrow<bight_tls_options>(options, [](const bight_tls_options *given) {
        bight_tls *made = nullptr;
        bight_status status = bight_tls_new_client(given, nullptr, &made);

        bight_tls_unref(made);
        return status;
    });
}

TEST_F(Growing, threadsOptions)
{
    const bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;

    expectOptionsGrow<bight_threads_options>(options, [this](const bight_threads_options *given) {
        bight_threads *made = nullptr;
        bight_status status = bight_threads_new(reactor, given, &made);

        bight_threads_free(made);
        return status;
    });
}

TEST_F(Growing, sourceQueueOptions)
{
    const bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;
    const Use<bight_source_queue_options> use = [this](const bight_source_queue_options *given) {
        bight_source *source = nullptr;
        bight_source_writer *writer = nullptr;
        bight_status status = bight_source_new_queue(reactor, given, &source, &writer);

        if (status == BIGHT_OK) {
            bight_source_free(source);
            bight_source_writer_free(writer);
        }
        return status;
    };

    expectOptionsGrow(options, use);
}

// What fails through a deferred has no status for a wrong size, and aborts.
bight_status statusOf(bight_deferred *take_deferred)
{
    bight_result result = {};
    bight_status status = BIGHT_ERROR_STATE;

    if (bight_deferred_take(take_deferred, &result))
        status = result.error != nullptr ? bight_error_get_status(result.error) : BIGHT_OK;
    bight_result_free(result);
    bight_deferred_free(take_deferred);
    return status;
}

TEST_F(Growing, sourceFileOptions)
{
    const bight_source_file_options options = BIGHT_SOURCE_FILE_OPTIONS_INIT;
    const Use<bight_source_file_options> use = [this](const bight_source_file_options *given) {
        return statusOf(bight_source_open_file(reactor, "/proc/self/status", given));
    };

    expectOptionsGrow(options, use, true);
}

TEST_F(Growing, sourceSaveOptions)
{
    const bight_source_save_options options = BIGHT_SOURCE_SAVE_OPTIONS_INIT;
    const Use<bight_source_save_options> use = [this](const bight_source_save_options *given) {
        bight_bytes *bytes = bight_bytes_new(nullptr, 0);
        bight_source *source = bight_source_new_bytes(reactor, bytes);
        bight_status status = statusOf(bight_source_to_file(source, "/dev/null", given));

        bight_source_free(source);
        bight_bytes_unref(bytes);
        return status == BIGHT_ERROR_UNSUPPORTED ? BIGHT_OK : status; // it is no file
    };

    expectOptionsGrow(options, use, true);
}

TEST_F(Growing, sourceOps)
{
    const bight_source_ops ops = {
        sizeof(ops), "toy",   [](void *) { return bight_deferred_fired(nullptr, nullptr); },
        nullptr,     nullptr, nullptr,
        nullptr,     nullptr};
    const Use<bight_source_ops> use = [this](const bight_source_ops *given) {
        bight_source *source = bight_source_new(reactor, given, nullptr);
        bight_status status = statusOf(bight_source_read(source));

        bight_source_free(source);
        return status;
    };

    expectTableGrows(ops, use, true);
}

TEST_F(Growing, workOptions)
{
    const bight_work_options options = BIGHT_WORK_OPTIONS_INIT;
    bight_threads *threads = nullptr;

    ASSERT_EQ(bight_threads_new(reactor, nullptr, &threads), BIGHT_OK);
    EXPECT_DEATH(
        {
            Sized odd(options, sizeof(options));
            odd[0]--;
            bight_deferred_free(bight_threads_run_with(
                threads, odd.as<bight_work_options>(),
                [](bight_work *, void *) { return bight_result_value(nullptr); }, nullptr,
                nullptr));
        },
        "misuse in .*unknown size");
    for (size_t size : {sizeof(options) - sizeof(size_t), sizeof(options) + tailSize}) {
        Sized given(options, size);
        bight_deferred *deferred = bight_threads_run_with(
            threads, given.as<bight_work_options>(),
            [](bight_work *, void *) { return bight_result_value(nullptr); }, nullptr, nullptr);

        EXPECT_NE(deferred, nullptr);
        bight_deferred_cancel(deferred);
        bight_deferred_free(deferred);
    }
    bight_threads_free(threads);
}

TEST_F(Growing, hostOps)
{
    static const bight_host_ops ops = {sizeof(ops), "test", nullptr, nullptr,
                                       nullptr,     true,   nullptr};
    std::unique_ptr<bight_reactor, void (*)(bight_reactor *)> own(bight_reactor_new(),
                                                                  bight_reactor_free);

    expectTableGrows<bight_host_ops>(ops, [&own](const bight_host_ops *given) {
        bight_status status = bight_host_attach(own.get(), given, nullptr);

        if (status == BIGHT_OK) {
            bight_reactor_dispatch(own.get(), bight_budget{});
            bight_host_detach(own.get());
        }
        return status;
    });
}

TEST_F(Growing, protocolOps)
{
    const bight_protocol_ops ops = {sizeof(bight_protocol_ops),
                                    "test",
                                    support::Peer().ops->connected,
                                    support::Peer().ops->received,
                                    nullptr,
                                    nullptr,
                                    nullptr};

    expectTableGrows<bight_protocol_ops>(
        ops,
        [](const bight_protocol_ops *given) {
            // A reactor of its own, since that of a forked child would have to be rebuilt.
            bight_reactor *own = bight_crank_reactor_new();
            support::Peer one, two;
            one.ops = two.ops = given;
            bight_status status = bight_pair_new(own, &one, &two);

            bight_crank_settle(own);
            bight_transport_write(one.transport, "hello", 5);
            bight_crank_settle(own);
            EXPECT_EQ(two.text, "hello");
            one.order(bight_transport_free);
            two.order(bight_transport_free);
            bight_reactor_free(own);
            return status;
        },
        true);
}

TEST_F(Growing, rateLimitOptions)
{
    const bight_rate_limit_options options = BIGHT_RATE_LIMIT_OPTIONS_INIT;

    expectOptionsGrow<bight_rate_limit_options>(options, [](const bight_rate_limit_options *given) {
        bight_layer_factory *made = nullptr;
        bight_status status = bight_rate_limit_new_layer(given, &made);

        bight_layer_factory_unref(made);
        return status;
    });
}

TEST_F(Growing, wireLogOptions)
{
    const bight_wire_log_options options = BIGHT_WIRE_LOG_OPTIONS_INIT;

    expectOptionsGrow<bight_wire_log_options>(options, [](const bight_wire_log_options *given) {
        bight_layer_factory *made = nullptr;
        bight_status status = bight_wire_log_new_layer(given, &made);

        bight_layer_factory_unref(made);
        return status;
    });
}

TEST_F(Growing, guestOps)
{
    const bight_guest_ops ops = {
        sizeof(bight_guest_ops), "test", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

    expectTableGrows<bight_guest_ops>(ops, [this](const bight_guest_ops *given) {
        bight_guest *guest = nullptr;
        bight_status status = bight_guest_new(reactor, given, nullptr, &guest);

        bight_guest_free(guest);
        return status;
    });
}

TEST_F(Growing, kindOps)
{
    const bight_kind_ops ops = {
        sizeof(bight_kind_ops),
        "test",
        [](bight_kind *, const bight_view *, size_t) { return ptrdiff_t{0}; },
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        nullptr};

    expectTableGrows<bight_kind_ops>(
        ops,
        [](const bight_kind_ops *given) {
            bight_reactor *own = bight_crank_reactor_new();
            bight_kind *kind = nullptr;
            bight_status status = bight_kind_new(own, given, 0, &kind);

            bight_kind_discard(kind);
            bight_reactor_free(own);
            return status;
        },
        true);
}

TEST_F(Growing, layerOps)
{
    const bight_layer_ops ops = {sizeof(bight_layer_ops),
                                 "test",
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 nullptr};

    expectTableGrows<bight_layer_ops>(
        ops,
        [](const bight_layer_ops *given) {
            bight_reactor *own = bight_crank_reactor_new();
            support::Peer one, two, above;
            one.freesTransport = false;
            bight_layer *layer = nullptr;

            EXPECT_EQ(bight_pair_new(own, &one, &two), BIGHT_OK);
            bight_crank_settle(own);
            bight_status status = bight_layer_new(one.transport, given, 0, &layer);
            bight_layer_begin(layer, &above);
            bight_crank_settle(own);
            bight_transport_write(above.transport, "hello", 5);
            bight_crank_settle(own);
            EXPECT_EQ(two.text, "hello");
            above.order(bight_transport_free);
            two.order(bight_transport_free);
            bight_reactor_free(own);
            return status;
        },
        true);
}

// --- protocols -----------------------------------------------------------------------------------

void ignoreLine(bight_line_parser *, const uint8_t *, size_t, void *) {}
void ignoreSessionLine(bight_line_session *, const uint8_t *, size_t, void *) {}

const bight_line_events lineEvents = {sizeof(lineEvents), ignoreLine, nullptr, nullptr};
const bight_line_session_ops lineOps = {sizeof(lineOps), nullptr, ignoreSessionLine,
                                        nullptr,         nullptr, nullptr,
                                        nullptr,         nullptr, nullptr};

bight_status makeParser(const bight_line_options *options, const bight_line_events *events)
{
    bight_line_parser *made = nullptr;
    bight_status status = bight_line_parser_new(options, events, nullptr, &made);

    if (status == BIGHT_OK) {
        EXPECT_EQ(bight_line_parser_feed(made, reinterpret_cast<const uint8_t *>("a\nb"), 3),
                  BIGHT_OK);
    }
    bight_line_parser_free(made);
    return status;
}

bight_status makeSession(const bight_line_options *options, const bight_line_session_ops *ops)
{
    bight_line_session *made = nullptr;
    bight_status status = bight_line_session_new(options, ops, nullptr, &made);

    bight_line_session_free(made);
    return status;
}

TEST_F(Growing, lineOptions)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectOptionsGrow<bight_line_options>(
        options, [](const bight_line_options *given) { return makeParser(given, &lineEvents); });
    expectOptionsGrow<bight_line_options>(
        options, [](const bight_line_options *given) { return makeSession(given, &lineOps); });
}

TEST_F(Growing, lineEvents)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectTableGrows<bight_line_events>(
        lineEvents, [&](const bight_line_events *given) { return makeParser(&options, given); });
}

TEST_F(Growing, lineSessionOps)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectTableGrows<bight_line_session_ops>(
        lineOps, [&](const bight_line_session_ops *given) { return makeSession(&options, given); });
}

void ignoreClientLine(bight_line_client *, const uint8_t *, size_t, void *) {}

const bight_line_client_events clientEvents = {sizeof(clientEvents),
                                               nullptr,
                                               nullptr,
                                               ignoreClientLine,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr,
                                               nullptr};

class GrowingLineClient : public Growing
{
  protected:
    bight_status make(const bight_line_client_options *options,
                      const bight_line_client_events *events = &clientEvents)
    {
        bight_line_client *made = nullptr;
        bight_status status = bight_line_client_new(reactor, "unix:@bight-nobody-listens", options,
                                                    events, nullptr, &made);

        bight_line_client_free(made);
        return status;
    }
};

TEST_F(GrowingLineClient, options)
{
    const bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;

    expectOptionsGrow<bight_line_client_options>(
        options, [this](const bight_line_client_options *given) { return make(given); });
}

TEST_F(GrowingLineClient, optionsInOptions)
{
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;

    expectOptionsGrow<bight_line_options>(BIGHT_LINE_OPTIONS_INIT,
                                          [&](const bight_line_options *given) {
                                              options.line = given;
                                              return make(&options);
                                          });
    options.line = nullptr;
    expectOptionsGrow<bight_connect_options>(BIGHT_CONNECT_OPTIONS_INIT,
                                             [&](const bight_connect_options *given) {
                                                 options.connect = given;
                                                 return make(&options);
                                             });
    options.connect = nullptr;
    expectOptionsGrow<bight_retry_options>(BIGHT_RETRY_OPTIONS_INIT,
                                           [&](const bight_retry_options *given) {
                                               options.retry = given;
                                               return make(&options);
                                           });
}

TEST_F(GrowingLineClient, events)
{
    expectTableGrows<bight_line_client_events>(
        clientEvents,
        [this](const bight_line_client_events *given) { return make(nullptr, given); });
}

class GrowingIrc : public Growing
{
  protected:
    GrowingIrc()
    {
        options.nick = "ada";
        events.size = sizeof(events);
        events.state_changed = [](bight_irc_client *, bight_irc_state, const bight_error *,
                                  void *data) { ++*static_cast<int *>(data); };
        events.line = [](bight_irc_client *, bool, const char *, void *data) {
            *static_cast<int *>(data) += 100;
        };
    }
    // How often a client that cannot connect tells its state, and 100 for each line of the log.
    bight_status make(const bight_irc_client_options *given, const bight_irc_client_events *table)
    {
        bight_irc_client *made = nullptr;
        bight_status status = bight_irc_client_new(reactor, given, table, &told, &made);

        told = 0;
        if (status == BIGHT_OK) {
            EXPECT_EQ(bight_irc_client_connect(made, "unix:/nonexistent/socket"), BIGHT_OK);
        }
        bight_crank_settle(reactor);
        bight_irc_client_free(made);
        return status;
    }

    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_irc_client_events events = {};
    int told = 0;
};

TEST_F(GrowingIrc, clientOptions)
{
    expectOptionsGrow<bight_irc_client_options>(
        options, [this](const bight_irc_client_options *given) { return make(given, &events); });
}

TEST_F(GrowingIrc, clientEvents)
{
    Sized older(events, sizeof(events) - sizeof(void *)), none(events, sizeof(events));
    Sized newer(events, sizeof(events) + tailSize), wrong(events, sizeof(events));

    std::memset(&none[0], 0, sizeof(size_t));
    std::memset(&newer[sizeof(events)], 0xff, tailSize);
    for (const Sized *table : {&older, &none, &newer}) {
        EXPECT_EQ(make(&options, table->as<bight_irc_client_events>()), BIGHT_OK);
        EXPECT_EQ(told, 2) << "connecting and offline";
    }
    wrong[0] = 3;
    EXPECT_EQ(make(&options, wrong.as<bight_irc_client_events>()), BIGHT_ERROR_INVALID);
}

TEST_F(Growing, ircServerOptions)
{
    const bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

    expectOptionsGrow<bight_irc_server_options>(
        options, [this](const bight_irc_server_options *given) {
            bight_irc_server *made = nullptr;
            bight_status status = bight_irc_server_new(reactor, given, &made);

            bight_irc_server_free(made);
            return status;
        });
}

// --- databases -----------------------------------------------------------------------------------

TEST_F(Growing, sqlOptions)
{
    const bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

    // No such kind of database: the options are read before that is found.
    expectOptionsGrow<bight_sql_options>(
        options,
        [this](const bight_sql_options *given) {
            bight_sql *made = nullptr;
            bight_error *error = nullptr;
            bight_status status = bight_sql_open(reactor, "none:", given, &error, &made);

            bight_error_unref(error);
            return status == BIGHT_ERROR_INVALID ? BIGHT_OK : status;
        },
        true);
}

// --- counters ------------------------------------------------------------------------------------

TEST_F(Growing, statsWriteWhatIsAskedForAndZeroBehindWhatIsKnown)
{
    struct Larger {
        bight_reactor_stats known;
        unsigned char tail[tailSize];
    } larger;

    std::memset(&larger, 0xff, sizeof(larger));
    larger.known.size = sizeof(larger);
    bight_reactor_get_stats(reactor, &larger.known);
    EXPECT_EQ(larger.known.size, sizeof(larger));
    for (unsigned char byte : larger.tail)
        EXPECT_EQ(byte, 0);
    std::memset(&larger, 0xff, sizeof(larger));
    larger.known.size = 2 * sizeof(size_t);
    bight_reactor_get_stats(reactor, &larger.known);
    EXPECT_EQ(reinterpret_cast<unsigned char *>(&larger)[2 * sizeof(size_t)], 0xff);
}

} // namespace
