// Draws the pictures of a page from the data beside them. Without this file the tables say the same.
"use strict";

(() => {
  if (!window.echarts) return;
  const root = document.documentElement;
  const narrow = () => window.innerWidth < 768;
  const letters = () => parseFloat(getComputedStyle(root).fontSize) || 16;
  const locale = root.lang.startsWith("zh") ? "ZH" : "EN";
  const charts = [];

  // Sizes follow the letters of the page, and small screens have less room beside the picture.
  const fitted = (option) => {
    const size = Math.round(letters() * 0.875);
    const text = { fontSize: size, color: "#1f2733", fontFamily: getComputedStyle(document.body).fontFamily };
    const axis = (one) => one && {
      ...one,
      axisLabel: { fontSize: size, color: "#3b4656", hideOverlap: true, ...one.axisLabel },
      nameTextStyle: { ...one.nameTextStyle, fontSize: size, color: "#3b4656" },
      // The title of an axis at its end stands clear of the longest bar.
      nameGap: Math.round(size * (one.nameGap ? 2.1 : 1)),
    };
    const list = (axes) => (Array.isArray(axes) ? axes.map(axis) : axis(axes));
    return {
      ...option,
      textStyle: text,
      legend: option.legend && { ...option.legend, itemWidth: size * 2, textStyle: { fontSize: size } },
      tooltip: { ...option.tooltip, confine: true, textStyle: { fontSize: size } },
      grid: {
        ...option.grid,
        top: size * 3,
        // Numbers stand at the end of lying bars.
        right: option.yAxis.type === "category" ? size * 4 : narrow() ? 8 : 24,
        bottom: option.legend ? size * 3 : size * 2.5,
      },
      xAxis: list(option.xAxis),
      yAxis: list(option.yAxis),
      series: option.series.map((one) => (one.label ? { ...one, label: { fontSize: size, ...one.label } } : one)),
    };
  };

  const height = (option) => {
    const categories = option.yAxis && option.yAxis.type === "category" ? option.yAxis.data.length : 0;
    return categories ? letters() * (categories * 2 + 5) : letters() * 20;
  };

  for (const figure of document.querySelectorAll("[data-chart]")) {
    const option = JSON.parse(figure.dataset.chart);
    const drawing = figure.querySelector(".chart-drawing");
    drawing.hidden = false;
    drawing.style.height = `${Math.round(height(option))}px`;
    const chart = window.echarts.init(drawing, null, { renderer: "svg", locale });
    chart.setOption(fitted(option));
    charts.push({ chart, option });
    // The picture is there: its table folds away until somebody wants it.
    const table = figure.parentElement.querySelector("details.chart-table");
    if (table) table.open = false;
  }

  // Turning a phone, or folding the menu, gives the pictures another width.
  const widths = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      const found = charts.find(({ chart }) => chart.getDom() === target);
      if (found && target.clientWidth && target.clientWidth !== found.chart.getWidth()) {
        found.chart.resize();
        found.chart.setOption(fitted(found.option));
      }
    }
  });
  charts.forEach(({ chart }) => widths.observe(chart.getDom()));

  // Paper shows the tables.
  const folded = [];
  window.addEventListener("beforeprint", () => {
    for (const table of document.querySelectorAll("details.chart-table:not([open])")) {
      table.open = true;
      folded.push(table);
    }
  });
  window.addEventListener("afterprint", () => {
    while (folded.length) folded.pop().open = false;
  });
})();
