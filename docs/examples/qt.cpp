// A Qt window connected to a server: it shows what the server sends and sends what you type.
//
//     nc -l 7000 &
//     build/dev/examples/qt tcp:localhost:7000
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QVBoxLayout>
#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/qt.h>

namespace
{

// The functions that a session calls, with the label as their data.

void show(bight_line_session *, const uint8_t *line, size_t size, void *label)
{
    auto *text = reinterpret_cast<const char *>(line);

    static_cast<QLabel *>(label)->setText(QString::fromUtf8(text, static_cast<qsizetype>(size)));
}

void greet(bight_line_session *session, void *label)
{
    bool sent = bight_line_session_send(session, "Hello from Qt", 13, nullptr) == BIGHT_OK;

    static_cast<QLabel *>(label)->setText(sent ? "Connected." : "Could not say hello.");
}

void showEnd(bight_line_session *, const bight_error *reason, void *label)
{
    static_cast<QLabel *>(label)->setText(reason != nullptr ? bight_error_get_message(reason)
                                                            : "Closed.");
}

bight_result showFailure(bight_result failed, void *label)
{
    static_cast<QLabel *>(label)->setText(bight_error_get_message(failed.error));
    bight_result_free(failed);
    return bight_result_value(nullptr);
}

const bight_line_session_ops ops = {sizeof(bight_line_session_ops),
                                    greet,
                                    show,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    showEnd,
                                    nullptr};

} // namespace

int main(int count, char **arguments)
{
    const char *endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000";
    QApplication application(count, arguments);
    QWidget window;
    auto *label = new QLabel("Connecting ...");
    auto *entry = new QLineEdit;
    auto *layout = new QVBoxLayout(&window);

    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_session *session = nullptr;
    auto *reactor = new bight::QtReactor(&window); // on the event loop of this thread

    if (!reactor->isValid() || bight_line_session_new(&options, &ops, label, &session) != BIGHT_OK)
        qFatal("out of memory or descriptors");
    bight_protocol *protocol = bight_line_session_get_protocol(session);
    bight_deferred *attempt = bight_connect(*reactor, endpoint, protocol);
    bight_deferred_free(bight_deferred_then(attempt, nullptr, showFailure, label));

    QObject::connect(entry, &QLineEdit::returnPressed, [entry, session] {
        QByteArray text = entry->text().toUtf8();
        auto size = static_cast<size_t>(text.size());

        if (bight_line_session_send(session, text.constData(), size, nullptr) == BIGHT_OK)
            entry->clear();
    });
    layout->addWidget(label);
    layout->addWidget(entry);
    window.setWindowTitle("Bight in Qt");
    window.show();
    int status = QApplication::exec();

    delete reactor; // ends open connections; only then may the session be freed
    bight_line_session_free(session);
    return status;
}
