for (const box of document.querySelectorAll("input[data-table]")) {
  const rows = document.querySelectorAll("#" + box.dataset.table + " tbody tr");
  const count = box.nextElementSibling;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      left += !row.hidden;
    }
    count.textContent = left + " of " + rows.length;
  });
}
