// The chat window of Qt: the command line, a session, a window that shows it, and optionally a
// script that uses the window.
#include "options.h"
#include "script.h"
#include "signals.h"
#include "threads.h"
#include "window.h"

#include <QtCore/QFile>
#include <QtWidgets/QApplication>
#include <cstdio>

namespace chat
{
namespace
{

// Print a line on standard output and flush it, because a program may wait for it.
void print(const QString &line)
{
    std::printf("%s\n", line.toUtf8().constData());
    std::fflush(stdout);
}

void complain(const QString &why)
{
    std::fprintf(stderr, "bight-chat-qt: %s\n", why.toUtf8().constData());
}

class Program : public QObject
{
  public:
    explicit Program(const Options &options);

    // Called before the loop runs. Returns false if it must not run.
    bool prepare();

  private:
    void connectEnds();
    void connectScript();
    void begin();
    void printThreads();
    void writeTranscript();
    void fail(const QString &why);

    const Options m_options;
    Session m_session;
    Window m_window;
    Script m_script;
    Signals m_signals;
    int m_status = 0;
};

Program::Program(const Options &options)
    : m_options(options), m_window(m_session), m_script(m_window, options.screenshot),
      m_signals(m_session.reactor())
{
    connectEnds();
    connectScript();
    if (m_options.countThreads)
        connect(&m_session.client(), &Client::stateChanged, this, &Program::printThreads);
}

void Program::connectEnds()
{
    connect(&m_signals, &Signals::asked, &m_window, &Window::leave);
    connect(&m_window, &Window::leaving, this, &Program::writeTranscript);
    connect(&m_session, &Session::ended, this, [this] { QApplication::exit(m_status); });
}

void Program::connectScript()
{
    connect(&m_script, &Script::done, this, [] { print(QStringLiteral("script done")); });
    connect(&m_script, &Script::quit, &m_window, &Window::leave);
    connect(&m_script, &Script::failed, this, &Program::fail);
}

void Program::fail(const QString &why)
{
    complain(why);
    m_status = 1;
    m_window.leave();
}

bool Program::prepare()
{
    const QString why = m_options.script.isEmpty() ? QString() : m_script.load(m_options.script);

    if (!why.isEmpty()) {
        complain(why);
        return false;
    }
    m_window.show();
    m_window.activateWindow();
    if (m_options.countThreads) {
        auto *settling = new ThreadSettling(this);
        connect(settling, &ThreadSettling::settled, this, [this] {
            printThreads();
            begin();
        });
    } else {
        begin();
    }
    return true;
}

void Program::begin()
{
    if (m_session.isEnding())
        return;
    if (!m_options.isComplete()) {
        m_window.askWhereTo();
    } else {
        const QString why = m_session.begin(m_options.setup);
        if (!why.isEmpty() && !m_options.script.isEmpty()) {
            fail(why);
            return;
        }
        if (!why.isEmpty()) {
            complain(why);
            m_window.askWhereTo(why);
        }
    }
    if (m_session.hosting().isOpen())
        print(QStringLiteral("listening ") + m_session.hosting().endpoint());
    if (!m_options.script.isEmpty())
        m_script.start();
}

void Program::printThreads()
{
    print(QStringLiteral("threads %1 %2")
              .arg(countThreads())
              .arg(QLatin1String(bight_irc_state_text(m_session.client().state()))));
}

void Program::writeTranscript()
{
    if (m_options.transcript.isEmpty())
        return;
    const QByteArray text = m_window.messages().shownText().toUtf8() + '\n';
    QFile file(m_options.transcript);

    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(text) == text.size() &&
        file.flush())
        return;
    complain(m_options.transcript + QStringLiteral(": ") + file.errorString());
    m_status = 1;
}

int run(int &count, char **arguments)
{
    // This runs before the application exists, because --help needs no display.
    QStringList words;
    for (int i = 0; i < count; ++i)
        words << QString::fromLocal8Bit(arguments[i]);
    QCoreApplication::setApplicationName(QStringLiteral("bight-chat-qt"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BIGHT_VERSION));
    QCoreApplication::setOrganizationName(QStringLiteral("bight"));
    const Options options = parseOptions(words);

    QApplication application(count, arguments);
    QApplication::setApplicationDisplayName(QStringLiteral("Bight Chat"));
    QApplication::setQuitOnLastWindowClosed(false);
    setAppearance(Appearance::Desktop);
    setAppearance(options.appearance);
    Program program(options);
    return program.prepare() ? QApplication::exec() : 1;
}

} // namespace
} // namespace chat

int main(int count, char **arguments)
{
    return chat::run(count, arguments);
}
