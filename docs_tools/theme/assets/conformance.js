// Shows some servers of the table, or all of them where none is chosen.
(() => {
  const form = document.querySelector(".conformance__choice")
  const [table] = document.querySelector(".conformance").children
  const [packages, settings] = table.tHead.rows
  const status = form.querySelector("[role=status]")
  const heads = [...packages.querySelectorAll("[data-server]")]
  // The server of each column, and of each column that has a setting.
  const columns = heads.flatMap(head => Array(head.colSpan).fill(head.dataset.server))
  const set = heads.filter(head => head.rowSpan === 1)
    .flatMap(head => Array(head.colSpan).fill(head.dataset.server))

  form.addEventListener("change", () => {
    const chosen = [...form.querySelectorAll(":checked")].map(box => box.value)
    const hides = server => chosen.length > 0 && !chosen.includes(server)
    const shown = columns.filter(server => !hides(server)).length
    for (const head of heads) head.hidden = hides(head.dataset.server)
    set.forEach((server, column) => { settings.cells[column].hidden = hides(server) })
    for (const row of [...table.tBodies].flatMap(body => [...body.rows])) {
      const [name, ...cells] = row.cells
      if (cells.length) columns.forEach((server, column) => { cells[column].hidden = hides(server) })
      else name.colSpan = shown + 1
    }
    status.textContent = status.dataset.words
      .replace("{shown}", shown).replace("{all}", columns.length)
  })
  form.hidden = false
})()
