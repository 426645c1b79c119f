/** What happens on a page of a report when its reader clicks the head of a column. */

/**
 * The page's script: it is written into the page as text, so it uses nothing from outside. Heads of the tables of class "classes" become buttons
 * that sort by their column: numbers from the largest on, text from the first on; a second click turns the order round. Without the script the
 * tables stay as they are.
 */
export function sortTables(): void {
  const textOf = (row: HTMLTableRowElement, column: number) => row.cells[column]?.textContent ?? "";
  for (const table of document.querySelectorAll<HTMLTableElement>("table.classes")) {
    const body = table.tBodies[0] as HTMLTableSectionElement;
    const heads = [...table.querySelectorAll<HTMLTableCellElement>("thead th")];
    for (const [column, head] of heads.entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const usual = column === 0 ? "ascending" : "descending";
        const other = column === 0 ? "descending" : "ascending";
        const order = head.ariaSort === usual ? other : usual;
        for (const each of heads) each.ariaSort = null;
        head.ariaSort = order;
        const sign = order === "ascending" ? 1 : -1;
        const value = (row: HTMLTableRowElement) => Number(textOf(row, column).replaceAll(",", ""));
        const rows = [...body.rows].sort((a, b) => {
          if (column === 0) return sign * textOf(a, 0).localeCompare(textOf(b, 0));
          const [left, right] = [value(a), value(b)];
          // What is no number comes last either way.
          if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
          return sign * (left - right);
        });
        body.append(...rows);
      });
    }
  }
}
