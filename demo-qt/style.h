// Fusion with less prominent scroll bars, and with outlines that are also visible on dark colours.
#ifndef BIGHT_DEMO_QT_STYLE_H
#define BIGHT_DEMO_QT_STYLE_H

#include <QtWidgets/QProxyStyle>

namespace chat
{

class Style : public QProxyStyle
{
    Q_OBJECT

  public:
    Style();

    int pixelMetric(PixelMetric metric, const QStyleOption *option,
                    const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                            QPainter *painter, const QWidget *widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override;
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                  QStyleHintReturn *data) const override;
};

} // namespace chat

#endif
