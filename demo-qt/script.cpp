#include "script.h"

#include "window.h"

#include <QtCore/QFile>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>

namespace chat
{
namespace
{

constexpr int patience = 20000; // milliseconds that a `wait` may last

void press(QWidget *widget, int key, const QString &text)
{
    QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier, text);
    QKeyEvent up(QEvent::KeyRelease, key, Qt::NoModifier, text);

    QApplication::sendEvent(widget, &down);
    QApplication::sendEvent(widget, &up);
}

// The error in a line of a script; empty if there is none.
QString faultOf(const QString &line, bool canTakePictures)
{
    const QString action = line.section(QLatin1Char(' '), 0, 0);
    const bool bare = line.section(QLatin1Char(' '), 1).trimmed().isEmpty();

    if (action == QLatin1String("screenshot") && !canTakePictures)
        return QStringLiteral("screenshot needs --screenshot FILE");
    if (action == QLatin1String("screenshot") || action == QLatin1String("quit"))
        return bare ? QString() : action + QStringLiteral(" takes no text");
    if (action == QLatin1String("wait") || action == QLatin1String("say") ||
        action == QLatin1String("type") || action == QLatin1String("show"))
        return bare ? action + QStringLiteral(" what?") : QString();
    return QStringLiteral("there is no action \"%1\"").arg(action);
}

} // namespace

Script::Script(Window &window, const QString &screenshot, QObject *parent)
    : QObject(parent), m_window(window), m_screenshot(screenshot)
{
    m_deadline.setSingleShot(true);
    m_deadline.setInterval(patience);
    connect(&m_window.messages(), &MessageView::grown, this, &Script::look);
    connect(&m_window.entry(), &Entry::failed, this,
            [this](const QString &why) { m_refusal = why; });
    connect(&m_deadline, &QTimer::timeout, this,
            [this] { fail(QStringLiteral("the message view does not show: ") + m_awaited); });
}

QString Script::load(const QString &path)
{
    QFile file(path);

    if (!file.open(QIODevice::ReadOnly))
        return path + QStringLiteral(": ") + file.errorString();
    const QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'));
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString line = lines.at(i).trimmed();
        if (line.isEmpty() || line.startsWith(QLatin1Char('#')))
            continue;
        const QString fault = faultOf(line, !m_screenshot.isEmpty());
        if (!fault.isEmpty())
            return QStringLiteral("%1:%2: %3").arg(path, QString::number(i + 1), fault);
        m_lines << line;
    }
    return {};
}

void Script::start()
{
    QTimer::singleShot(0, this, &Script::next);
}

// Run one line per turn of the loop, so that its effects are drawn before the next one.
void Script::next()
{
    if (m_over)
        return;
    if (m_lines.isEmpty()) {
        m_over = true;
        emit done();
        return;
    }
    const QString line = m_lines.takeFirst();
    run(line.section(QLatin1Char(' '), 0, 0), line.section(QLatin1Char(' '), 1).trimmed());
    if (m_awaited.isEmpty())
        start();
}

void Script::run(const QString &action, const QString &text)
{
    if (action == QLatin1String("wait")) {
        waitFor(text);
    } else if (action == QLatin1String("say")) {
        type(text, true);
    } else if (action == QLatin1String("type")) {
        type(text, false);
    } else if (action == QLatin1String("show")) {
        show(text);
    } else if (action == QLatin1String("screenshot")) {
        takePicture();
    } else {
        m_over = true;
        emit quit();
    }
}

void Script::waitFor(const QString &text)
{
    if (m_window.messages().shownText().contains(text))
        return;
    m_awaited = text;
    m_deadline.start();
}

void Script::look()
{
    if (m_awaited.isEmpty() || !m_window.messages().shownText().contains(m_awaited))
        return;
    m_awaited.clear();
    m_deadline.stop();
    start();
}

void Script::type(const QString &text, bool send)
{
    m_window.entry().selectAll();
    press(&m_window.entry(), Qt::Key_Delete, {});
    for (const QChar letter : text)
        press(&m_window.entry(), 0, letter);
    m_refusal.clear();
    if (send)
        press(&m_window.entry(), Qt::Key_Return, QStringLiteral("\r"));
    if (!m_refusal.isEmpty())
        fail(QStringLiteral("say ") + text + QStringLiteral(": ") + m_refusal);
}

void Script::show(const QString &name)
{
    Chat &chat = m_window.session().chat();
    Conversations &all = chat.conversations();

    for (int row = 0; row < all.rowCount(); ++row) {
        if (all.titleOf(all.at(row)).compare(name, Qt::CaseInsensitive) == 0) {
            chat.show(all.at(row));
            return;
        }
    }
    fail(QStringLiteral("there is no conversation ") + name);
}

void Script::takePicture()
{
    if (!m_window.grab().save(m_screenshot, "PNG"))
        fail(QStringLiteral("cannot write the picture: ") + m_screenshot);
}

void Script::fail(const QString &why)
{
    m_over = true;
    m_awaited.clear();
    m_deadline.stop();
    emit failed(why);
}

} // namespace chat
