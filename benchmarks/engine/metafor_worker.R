# The tasks of the benchmark by metafor: Rscript metafor_worker.R data.csv.
# Orders and answers are those of stopwatch.py.
suppressMessages(library(metafor))

data <- read.csv(commandArgs(trailingOnly = TRUE)[1])
fit_dl <- rma(yi, vi, data = data, method = "DL")
fit_reml <- rma(yi, vi, data = data)
by_year <- rma(yi, vi, mods = ~ year, data = data, method = "DL")

subsets <- function(fit, amount) {
  mean(gosh(fit, subsets = amount, progbar = FALSE)$res$estimate)
}

tasks <- list(
  fit_dl = function(n) rma(yi, vi, data = data, method = "DL")$tau2,
  fit_pm = function(n) rma(yi, vi, data = data, method = "PM")$tau2,
  fit_reml = function(n) rma(yi, vi, data = data)$tau2,
  leave_one_out_dl = function(n) sum(leave1out(fit_dl)$estimate),
  influence_reml = function(n) sum(influence(fit_reml)$inf$cook.d),
  permutations_dl = function(n) permutest(by_year, iter = n, progbar = FALSE)$pval[2],
  gosh_dl = function(n) subsets(fit_dl, n),
  gosh_reml = function(n) subsets(fit_reml, n)
)

now <- function() as.numeric(Sys.time())

warm_up <- function(task, amount, seconds) {
  start <- now()
  for (i in 1:3) {
    task(amount)
    if (now() - start > seconds) break
  }
}

measure <- function(task, amount, seconds) {
  calls <- 0
  spent <- 0
  start <- now()
  while (calls == 0 || spent < seconds) {
    value <- task(amount)
    calls <- calls + 1
    spent <- now() - start
  }
  sprintf("%.9f %.12g", spent / calls, value)
}

answer <- function(text) {
  cat(text, "\n", sep = "")
  flush(stdout())
}

answer(paste0("metafor=", packageVersion("metafor"), " R=", getRversion()))
warm <- c()
orders <- file("stdin", "r")
while (length(order <- readLines(orders, n = 1)) > 0) {
  part <- strsplit(order, " ")[[1]]
  task <- tasks[[part[1]]]
  if (is.null(task)) {
    answer("absent")
    next
  }
  amount <- as.numeric(part[2])
  seconds <- as.numeric(part[3])
  if (!(part[1] %in% warm)) {
    warm_up(task, amount, seconds)
    warm <- c(warm, part[1])
  }
  answer(measure(task, amount, seconds))
}
