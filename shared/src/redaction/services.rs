//! Names of services whose keys have no form of their own: a random value near such a name is taken for a key.
//!
//! Only names that are no words of ordinary text; of others (`box`, `square`) a key is known by `key` or `token` in its name.

use std::ops::Range;
use std::sync::LazyLock;

use super::bytes::{Set, at, before, starts_with};

/// Looks at the words of `bytes` within `range` and tells where the last one that names a service is.
pub(super) fn last(bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let starts = range.clone().rev().filter(|index| {
        Set::ALNUM.has(at(bytes, *index)) && !Set::ALNUM.has(before(bytes, *index))
    });
    starts.into_iter().find_map(|start| {
        let length = name_at(bytes, start)?;
        (start + length <= range.end).then_some(start..start + length)
    })
}

/// The length of the name that begins at `start`, as a word or as the beginning of the name of its key.
fn name_at(bytes: &[u8], start: usize) -> Option<usize> {
    let found = bucket(bytes, start).iter().filter(|name| {
        starts_with(bytes, start, name.as_bytes()) && is_whole(bytes, start + name.len())
    });
    found.map(|name| name.len()).max()
}

/// The names that begin with the two characters at `start`.
fn bucket(bytes: &[u8], start: usize) -> &'static [&'static str] {
    let range = slot(at(bytes, start), at(bytes, start + 1)).and_then(|slot| BUCKETS.get(slot));
    range
        .and_then(|range| NAMES.get(range.clone()))
        .unwrap_or_default()
}

/// Where the names of each two first characters are, so that a word that begins no name costs one look.
static BUCKETS: LazyLock<Vec<Range<usize>>> = LazyLock::new(|| {
    let mut buckets = vec![0..0; SYMBOLS * SYMBOLS];
    for (index, name) in NAMES.iter().enumerate() {
        let slot = slot(at(name.as_bytes(), 0), at(name.as_bytes(), 1));
        if let Some(bucket) = slot.and_then(|slot| buckets.get_mut(slot)) {
            *bucket = if bucket.start == bucket.end {
                index..index + 1
            } else {
                bucket.start..index + 1
            };
        }
    }
    buckets
});

/// Letters, digits and all else.
const SYMBOLS: usize = 37;

fn slot(first: u8, second: u8) -> Option<usize> {
    Some(symbol(first) * SYMBOLS + symbol(second)).filter(|_| first.is_ascii_alphanumeric())
}

fn symbol(byte: u8) -> usize {
    let lower = byte.to_ascii_lowercase();
    match lower {
        b'a'..=b'z' => usize::from(lower - b'a'),
        b'0'..=b'9' => usize::from(lower - b'0') + 26,
        _ => 36,
    }
}

fn is_whole(bytes: &[u8], end: usize) -> bool {
    const ENDINGS: [&[u8]; 16] = [
        b"api", b"key", b"token", b"secret", b"access", b"private", b"service", b"client", b"app",
        b"pub", b"account", b"user", b"org", b"pass", b"auth", b"id",
    ];
    !at(bytes, end).is_ascii_lowercase()
        || ENDINGS.iter().any(|ending| starts_with(bytes, end, ending))
}

/// In order, which the search relies on.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "123formbuilder", "2captcha", "2checkout", "4everland", "500px", "abbysale", "ably_", "abstractapi", "abtasty", "abuseipdb", "abyssale",
    "accuweather", "actblue", "activecampaign", "activepieces", "adafruit", "adcolony", "adjust_", "adobe", "adobeio", "adp_", "adroll",
    "adyen", "adyen_", "aerisweather", "aeroworkflow", "africastalking", "aftership", "agora.io", "agora_", "ahrefs", "ai21", "aikido",
    "airbrake", "airbrake_", "airbyte", "airplane_", "airship", "airship_", "airtable", "airvisual", "aiven", "aivenio", "akamai", "akeneo",
    "akoya", "alchemy", "alchemyapi", "alconost", "alegra", "alertmanager", "aletheia", "algolia", "alibaba", "alibabacloud", "alienvault",
    "aliyun", "allsports", "alphavantage", "amadeus", "ambee", "amplitude", "anilist", "ankr", "anrok", "ansible_tower", "anthropic",
    "anticaptcha", "anydo", "anypoint", "anyscale", "apacta", "api2cart", "apideck", "apiflash", "apifonica", "apify", "apilayer", "apimatic",
    "apininja", "apollo.io", "appcircle", "appcues", "appdynamics", "appfollow", "applovin", "applozic", "appodeal", "appointedd", "appoptics",
    "appsflyer", "appsignal", "appspider", "appsynergy", "apptivo", "appveyor", "aptos", "aquasec", "arangodb", "arbitrum", "arcjet", "arduino",
    "artifactory_", "artsy", "asana", "ashby_", "assemblyai", "atera", "atlassian", "audd", "auth0", "authress", "autoklose", "automateio",
    "avalanche", "avalara", "avaza", "avazapersona", "aviationstack", "aweber", "axiom", "axonaut", "aylien", "ayrshare", "azure_",
    "azure_devops", "azure_search", "azure_storage", "azuredevops", "azuresearch", "azurestorage", "backblaze", "baidu_", "bamboo_hr",
    "bamboohr", "bambora", "bandwidth_", "bannerbear", "baremetrics", "baseapi", "basecamp", "baseten", "bazaarvoice", "beebole", "behance",
    "belvo", "benchling", "benchmarkemail", "besnappy", "bestbuy", "betterstack", "betteruptime", "bigcommerce", "billbee", "billomat",
    "binance", "bingmaps", "bitbar", "bitbucket", "bitcoinaverage", "bitfinex", "bitget", "bitgo", "bithumb", "bitly", "bitmex", "bitpanda",
    "bitpay", "bitquery", "bitrise", "bitrise_", "bitstamp", "bittrex", "blackboard", "blacksmith_", "blazemeter", "blitapp", "blockchair",
    "blockcypher", "blockfrost", "blocknative", "blogger", "bloomberg", "bls_api", "bluejeans", "bluesky", "bluesnap", "blynk", "bombbomb",
    "booking.com", "booking_com", "boostnote", "borgbase", "botometer", "boxyhq", "braintree", "braintree_", "branch.io", "brandfetch", "brevo",
    "brex", "bright_data", "brightcove", "brightdata", "brightpearl", "brightspace", "browserling", "browserstack", "browshot", "bscrpc",
    "bscscan", "buddy_works", "buddyns", "budibase", "bugherd", "bugpilot", "bugsnag", "buildjet", "buildkite", "bulbul", "bulksms", "bunnycdn",
    "buttercms", "bybit", "caflou", "calendarific", "calendly", "calorieninja", "campaignmonitor", "campayn", "cannyio", "canva", "canvas_lms",
    "capsulecrm", "captaindata", "carbonblack", "carboninterface", "cashboard", "cashfree", "caspio", "catchpoint", "census_api", "censys",
    "centralstation", "cerbos", "cerebras", "cerebrium", "cerner", "cexio", "cfengine", "chainlink", "chainstack", "chargebee", "chargify",
    "chartbeat", "chartboost", "chartmogul", "chatfule", "checkio", "checkly", "checklyhq", "checkmarx", "checkvist", "cherryservers",
    "chippercash", "chroma_", "cin7", "circleci", "cirrus_ppl", "civo", "clarifai", "classlink", "clearbit", "clearscore", "clerk_", "clever_",
    "clevertap", "clickatell", "clickhelp", "clickhouse", "clicksend", "clicksendsms", "clickup", "clientary", "clinchpad", "clockify",
    "clockworksms", "clojars", "closecrm", "cloudamqp", "cloudant", "cloudconvert", "cloudelements", "cloudflare", "cloudimage", "cloudinary",
    "cloudmersive", "cloudplan", "cloudrepo", "cloudsight", "cloudsmith", "cloudways", "clover_", "cloverly", "cloze", "clustdoc",
    "cockroachdb", "cockroachlabs", "coda_", "codacy", "codeclimate", "codecov", "codefresh", "codemagic", "codequiry", "coderabbit",
    "codesandbox", "codeship", "cognito", "cohere", "coinapi", "coinbase", "coinbin", "coingecko", "coinlayer", "coinlib", "coinlore",
    "coinmarketcap", "column.com", "cometchat", "commercejs", "companyhub", "conekta", "configcat", "confluent", "constantcontact", "contabo",
    "contentful", "contentsquare", "contentstack", "contribsys", "convertapi", "convertkit", "convex_", "convier", "copyscape", "coralogix",
    "corbado", "couchbase", "couchdb", "countly", "countrylayer", "couriertrack", "covalent", "coveralls", "coze_", "craftmypdf", "cratedb",
    "crazyegg", "criteo", "cronitor", "cronos", "crossbrowsertesting", "crowdin", "crowdin_", "crowdstrike", "cryptocompare", "culqi",
    "currencycloud", "currencyfreaks", "currencylayer", "currencyscoop", "currentsapi", "customerguru", "customerio", "cutt.ly", "cyberark",
    "d7network", "dacast", "dagger_", "dailyco", "dailymotion", "dandelion", "dareboost", "data.gov", "databox", "databricks", "datadog",
    "datadog_", "datafire", "datagov", "datakit", "datarobot", "datocms", "deadmanssnitch", "dear_", "deathbycaptcha", "debitoor", "debounce",
    "deel_", "deepai", "deepgram", "deepl_", "deepnote", "deepseek", "definedfi", "definednetworking", "delighted", "delinea", "deliveroo",
    "demio", "dependency-track", "depot_", "deribit", "descope", "descope_", "detectify", "detectlanguage", "devcycle", "devin_", "devto",
    "dfuse", "dhl_", "dialogflow", "diffbot", "diggernaut", "digicert", "digitalocean", "dingtalk", "directus", "discord", "discourse",
    "disqus", "dlocal", "dnscheck", "dnsimple", "docebo", "docparser", "docraptor", "docusign", "doordash", "doppler", "dotmailer", "dovico",
    "doximity", "dpla_", "dribbble", "drift_", "dronahq", "droneci", "dropbox", "dtrack", "duffel", "dune_", "duply", "dwolla", "dynadot",
    "dynalist", "dynamics365", "dynatrace", "dyspatch", "e2enetworks", "eagleeye", "earthly_", "easyinsight", "easypost", "easyship", "ebanx",
    "ebayapi", "ecostruxure", "edamam", "edenai", "edgar", "edmodo", "eia_", "eightxeight", "elastic_", "elastic_email", "elasticemail",
    "elasticsearch", "elephantsql", "elevenlabs", "eloqua", "emailoctopus", "enablex", "encharge", "endorlabs", "env0_", "envoyapi", "epayco",
    "epic_fhir", "epicgames", "eppo_", "etherscan", "etsy_", "etsyapi", "europeana", "eventbrite", "everhour", "exactonline", "exchangerateapi",
    "exchangeratesapi", "exoscale", "expedia", "exportsdk", "extractorapi", "facebook", "faceplusplus", "fantom", "fastforex", "fastly",
    "fastspring", "fathom", "fauna", "fda_", "fda_api", "fedex", "feedier", "feishu", "fetchrss", "fibery", "figma", "filebase", "fileio",
    "finage", "financialmodelingprep", "findl", "finicity", "finnhub", "firebase", "firecrawl", "firehydrant", "fireworks_", "fitbit",
    "fivetran", "fixer_io", "fixerio", "flagsmith", "flatio", "fleetbase", "flexport", "flickr", "flightapi", "flightlabs", "flightstats",
    "flipt", "flowdash", "flowdock", "flowflu", "flutterwave", "fly_api", "flyio", "fmfw", "footprint_", "formbucket", "formcraft", "formio",
    "formsite", "formspree", "formstack", "fortinet", "fortnox", "foursquare", "frameio", "fred_api", "freeagent", "freesound", "freshbooks",
    "freshdesk", "freshservice", "freshworks", "friendli", "friendlycaptcha", "front_api", "frontegg", "fulcrum", "fullcontact", "fullstory",
    "funcaptcha", "fusebill", "fusionauth", "fxmarket", "garmin", "gate.io", "gcore", "geckoboard", "gemfury", "genderize", "genesys", "gengo",
    "genius", "genius_", "gentrace", "geoapify", "geocode", "geocodify", "geocodio", "geoipifi", "geonames", "geotab", "getblock", "getemail",
    "getemails", "getgeoapi", "getgist", "getresponse", "getsandbox", "getstream", "ghost_", "ghost_admin", "giphy", "gitalk", "gitea_",
    "gitkraken", "gitpod", "gitter", "glassnode", "glitch", "goatcounter", "gocanvas", "gocardless", "godaddy", "gogs_", "goldsky", "gooddata",
    "goodday", "goodreads", "googlemaps", "gorgias", "goshippo", "gosquared", "goto_connect", "gotoconnect", "grafana", "graphcms",
    "graphhopper", "greptile", "gridly", "groovehq", "groq_", "grubhub", "gtmetrix", "guardianapi", "gumroad", "gusto_", "gyazo", "hanko",
    "happyscribe", "harvardart", "harvest_", "hashicorp", "hashnode", "hasura", "hcaptcha", "headspin", "healthchecks", "healthchecksio",
    "healthgorilla", "hellosign", "helpcrunch", "helpscout", "hereapi", "heroku", "hetzner", "hevo", "hexpm", "hibob", "hibp", "highnote",
    "hiveage", "holidayapi", "hologram_", "honeybadger", "honeybadger_", "honeycomb", "hootsuite", "host.io", "hotjar", "hotjar_", "html2pdf",
    "huaweicloud", "hubitat", "hubspot", "huggingface", "humanapi", "hunter.io", "huobi", "hybiscus", "hypertrack", "hyperwallet", "ibm_watson",
    "iconfinder", "iexapis", "iexcloud", "ifttt", "igdb", "imagekit", "imgbb", "imgix", "imgur", "imperva", "improvmx", "inboxroad",
    "incapsula", "influxdb", "infobip", "infomaniak", "infracost", "infura", "ingenico", "inmobi", "insightly", "inspectlet", "instabot",
    "instabug", "instacart", "instagram", "instamojo", "instamojo_", "instana", "instantly_", "instatus", "integromat", "intelowl", "intercom",
    "internalio", "interseller", "intra42", "intrinio", "invoiceocean", "ip2location", "ipapi", "ipdata", "ipgeolocation", "ipify", "ipinfo",
    "ipinfodb", "ipquality", "ipstack", "ironsource", "istock", "iterable", "iyzico", "jdcloud", "jfrog", "jotform", "jumio", "jumpcloud",
    "jumpseller", "juro_", "jw_player", "jwplayer", "kagi", "kakao", "kakaotalk", "kaleyra", "kaltura", "kamatera", "karmacrm", "keen.io",
    "keenio", "keycloak", "keygen.sh", "kickbox", "kinde", "kintone", "kissmetrics", "klaviyo", "klipfolio", "knapsackpro", "kochava",
    "kontent", "kook_", "kubecost", "kucoin", "kuna", "kushki", "kylas", "lacework", "lambdatest", "languagelayer", "lark_", "larksuite",
    "lastfm", "lastpass", "launchdarkly", "lawpay", "leadfeeder", "leaseweb", "lemlist", "lemonsqueezy", "lendflow", "lepton",
    "lessannoyingcrm", "lexigram", "lexoffice", "library_of_congress", "libraryofcongress", "lichess", "lighton", "lightspeed", "lightstep",
    "linearapi", "linemessaging", "linenotify", "linkedin", "linkpreview", "linode", "litellm", "lithic", "liveagent", "livekit", "livestorm",
    "loadmill", "lob_", "loc_api", "localbitcoins", "localizely", "locationhere", "locationiq", "locize", "logdna", "logdna_", "logentries",
    "loggly", "loggly_", "logicmonitor", "loginradius", "logrocket", "logtail", "logz.io", "logzio", "lokalise", "lokalise_", "looker",
    "looksrare", "losant", "loyverse", "luckyorange", "lunchmoney", "luno", "lyft", "lyrics", "macaddress", "madkudu", "magento", "magic_link",
    "mailboxlayer", "mailboxvalidator", "mailchimp", "mailerlite", "mailersend", "mailgun", "mailjet", "mailmodo", "mailosaur", "mailpace",
    "mailsac", "mailslurp", "mailtrap", "mambu", "mandrill", "mangopay", "mapbox", "mapillary", "mapmyindia", "mapquest", "marketo",
    "marketstack", "marqeta", "marvel_", "mastodon", "matomo", "mattermost", "mattermost_", "mavenlink", "maxmind", "meaningcloud",
    "mediastack", "medium", "meilisearch", "meistertask", "memberstack", "memsource", "mercadopago", "merriam", "mesibo", "messagebird",
    "messagemedia", "metaapi", "metabase", "metrilo", "mexc", "mezmo", "microcms", "microsoft_teams", "midtrans", "milvus", "mindmeister",
    "minio", "miro_", "misp_", "mistral_", "mite_", "mixmax", "mixpanel", "mlflow", "mockaroo", "modal_", "modern_treasury", "mollie",
    "monday.com", "moneybird", "moodle", "moonclerk", "moonpay", "moosend", "moov_", "mopub", "moralis", "mouseflow", "mouseflow_", "movebank",
    "mparticle", "mpesa", "mrticktock", "msteams", "mulesoft", "musicbrainz", "musixmatch", "mux_token", "mycase", "myexperiment",
    "myfreshworks", "myintervals", "myob", "mypurecloud", "n8n_", "namely", "namespace_so", "nasa_", "nasdaq_", "naver_", "near_api", "neo4j",
    "neptune_", "netdata", "nethunt", "netlify", "netsuite", "neutrino", "newrelic", "newrelic_", "newsapi", "newscatcher", "newsdata", "nexmo",
    "nextdoor_", "nftport", "ngrok", "nicereply", "nightfall", "nitrado", "nomad_token", "noticeable", "notify_api", "notion_", "novita",
    "novu", "nownodes", "nozbe", "npoint", "nubela", "numverify", "nutritionix", "nuvei", "nvidia", "nx_cloud", "nxcloud", "nylas", "nypl",
    "nytimes", "oanda", "ocrspace", "odbc_", "oh_dear", "okta", "olark", "omdb", "omnisci", "omnisend", "onbuka", "onedesk", "onedrive",
    "onelogin", "onesignal", "onfido", "onfleet", "ons_", "oopspam", "openai", "opencage", "opencage_", "opencart", "opencorporates", "opencti",
    "openexchangerates", "openfda", "opengraph", "opennode", "openpay", "openrouter", "opensea", "openshift", "openuv", "openweather",
    "opsgenie", "optidash", "optimism", "optimizely", "oracledb", "ordnance", "ortto", "ory_", "osohq", "oura", "outbrain", "outplay",
    "overloop", "ovh_", "owlbot", "oxforddict", "oxylabs", "packagecloud", "packagist", "packlink", "paddle_", "pagarme", "pagerduty",
    "pagseguro", "paloalto", "pandadoc", "pandascore", "pandora", "papaya", "paperform", "papertrail", "papertrail_", "paralleldots",
    "parcelhub", "pardot", "parsehub", "parsely", "parseur", "particle_", "partnerstack", "passage", "passbase", "pastebin", "paychex",
    "paydirtapp", "payfast", "payload_cms", "paylocity", "paymentwall", "paymo", "paymongo", "payoneer", "paypal", "paypal_", "paystack",
    "paytm", "payu_", "pdflayer", "pdfshift", "pendo", "peopledatalabs", "pepipost", "percy", "perfecto_", "perigon", "perimeterx", "permitio",
    "perplexity", "personio", "pexels", "phonepe", "phrase_", "phraseapp", "phraseapp_", "piano_io", "pinata", "pinecone", "pingdom",
    "pinterest", "pipedream", "pipedrive", "pirsch", "pivotaltracker", "piwikpro", "pixabay", "plaid", "planetscale", "planview", "planyo",
    "plasmic", "plausible", "playstation", "plivo", "podio", "poeditor", "polar_", "poloniex", "polygon.io", "polygonapi", "polygonscan",
    "polymarket", "polytomic", "portainer", "positionstack", "postageapp", "postbacks", "posthog", "postman", "postmark", "powerbi",
    "powerschool", "powerschool_", "powrbot", "practicepanther", "prefect", "printful", "prisma_", "prismacloud", "prismic", "privacyio",
    "prodpad", "promptlayer", "propelauth", "prospectcrm", "protocolsio", "proxycrawl", "pubnub", "pulsar_", "pulumi", "purestake",
    "pushbullet", "pushengage", "pusher", "pusher_", "pushover", "qase", "qdrant", "qiniu", "qonto", "qualaroo", "qualtrics", "qualys",
    "quandl", "qubole", "questdb", "quickbase", "quickblox", "quickbooks", "quickfile", "quickmetrics", "quicknode", "quire_", "rabbitmq",
    "rainforest_", "rancher", "rankade", "rapid7", "rapidapi", "rapyd", "rawg", "raygun", "razorpay", "razorpay_", "reachmail", "readme.io",
    "readwise", "realtor", "rebrandly", "recaptcha", "recruitee", "recurly", "reddit", "reddit_", "rediscloud", "redislabs", "redox_",
    "refiner", "refinitiv", "remitly", "remove.bg", "removebg", "render_api", "repairshopr", "replicate", "reply.io", "replyio",
    "requestfinance", "resend_", "restpack", "restpackhtml", "retellai", "retool_", "rev.ai", "revampcrm", "revenuecat", "rijksmuseum",
    "ringcentral", "riot_api", "riotgames", "rippling", "ritekit", "rocketchat_", "rocketmatter", "rocketreach", "rockset", "rollbar",
    "rollbar_", "rome2rio", "rootly", "route4me", "routee", "rownd", "rubrik", "rubygems", "rudderstack", "runpod", "runrunit", "runscope",
    "sageone", "salesblink", "salescookie", "salesflare", "salesforce", "salesloft", "salesmate", "saltstack", "samsara", "samsara_", "sanity_",
    "satismeter", "sauce_", "saucelabs", "scaledrone", "scaleway", "scalingo", "scalr", "schoology", "scopus", "scoutapm", "scrapeops",
    "scrapeowl", "scraperapi", "scraperbox", "scraperstack", "scrapestack", "scrapfly", "scrapin", "scrapingant", "scrapingbee",
    "screenshotapi", "screenshotlayer", "scrutinizer", "scylladb", "seaweedfs", "securitytrails", "selectpdf", "semrush", "sendbird",
    "sendbird_", "sendcloud", "sendfox", "sendgrid", "sendinblue", "sendpulse", "sentinelone", "sentry_", "sentryio", "serpapi", "serphouse",
    "serpstack", "serveravatar", "settlemint", "sevdesk", "sharepoint", "shazam", "sheety", "sherpadesk", "ship24", "shipday", "shipengine",
    "shippable", "shippo", "shipstation", "shodan", "shopify", "shotstack", "shutterstock", "sidekiq", "signable", "signalwire", "signaturit",
    "signnow", "signoz", "signupgenius", "sigopt", "simfin", "simpleanalytics", "simplecast", "simplelocalize", "simplesat", "simplybook",
    "simvoly", "sinch", "singlestore", "sirv", "site24x7", "sitebulb", "siteleaf", "skrapp", "skybiometry", "skylight_", "skyscanner", "slack_",
    "smartling", "smartlook", "smartproxy", "smartsheet", "smartthings", "smartystreets", "smithsonian", "smooch", "smtp2go", "smugmug",
    "snapads", "snapchat", "snipcart", "snowflake", "snyk", "socketlabs", "softlayer", "solana", "solcast", "solscan", "sonar", "sonarcloud",
    "sonarqube", "soracom", "soundcloud", "sourcegraph", "sovos", "spacelift", "sparkpost", "speechtext", "spiderfoot", "split_io", "splitio",
    "splunk", "spoonacular", "sportradar", "sportsmonk", "spotify", "spotinst", "spotipy", "spreedly", "squadcast", "squarespace", "squareup",
    "sslmate", "stability_", "stackblitz", "stackhawk", "stamps_com", "starknet", "starton", "statsig", "statuscake", "statushero",
    "statuspage", "statuspal", "steam_", "steamgrid", "stitchdata", "stockdata", "storecove", "storeganise", "storj", "stormboard",
    "stormglass", "storyblok", "storychief", "strapi", "strava", "stream_io", "stripe_", "stripo", "stytch", "stytch_", "sugester", "sumologic",
    "sumsub", "supabase", "superblocks", "superfeedr", "supernotes", "supertokens", "surrealdb", "surveyanyplace", "surveybot", "surveymonkey",
    "surveysparrow", "survicate", "swarmia", "swetrix", "swiftype", "symbl", "sysdig", "tableau", "taboola", "tailscale", "talkjs", "tatum",
    "tavily", "tawk.to", "tawkto", "taxjar", "teamcity", "teamgate", "teamwork", "telegram", "teleport_", "telesign", "teletype", "teller_",
    "telnyx", "temporal_", "tenable", "tencent_", "tenderly", "terra_api", "terraform_cloud", "testingbot", "text2data", "textlocal",
    "textmagic", "textrazor", "thales", "the-odds-api", "the_odds_api", "thegraph", "thehive", "theoddsapi", "thetvdb", "thingsboard",
    "thingspeak", "thinkific", "thousandeyes", "threads_", "threatconnect", "ticketmaster", "tickettailor", "ticktick", "tidal_", "tidb_",
    "tigergraph", "tiingo", "tiktok", "timecamp", "timescale", "timezoneapi", "tineswebhook", "tinypng", "tinyurl", "tisane", "tly_", "tmdb",
    "tmetric", "todoist", "together", "together_ai", "togetherai", "toggl", "tokeet", "tokopedia", "tomorrow.io", "tomtom", "trackjs",
    "tradier", "trakt", "trakttv", "transferwise", "transifex", "transifex_", "transpose_", "travelpayouts", "travisci", "tray.io", "tray_io",
    "treasuryprime", "trelica", "trello", "triplebyte", "tron_", "tru_", "truelayer", "truenas", "trulioo", "trustpilot", "turborepo",
    "turnstile", "turso", "tuya_", "twelvedata", "twilio", "twistlock", "twitch", "twitter", "twocheckout", "tyntec", "typeform", "typesense",
    "uber_", "ubereats", "ubidots", "uclassify", "ucloud", "umami", "umami_", "unbounce", "unisender", "unityads", "unkey_", "unleash",
    "unleashed", "unplugg", "unsplash", "upbit", "upcdatabase", "upcloud", "uplead", "uploadcare", "uploadio", "ups_client", "upstage_",
    "upstash", "uptimerobot", "uptrace", "upwave", "upyun", "urbanairship", "urlscan", "usda", "userflow", "userlist", "usersnap", "userstack",
    "ushahidi", "usps_", "vagrantcloud", "validic", "vast_ai", "vastai", "vatlayer", "vbout", "vendasta", "veracode", "vercel", "veriff",
    "verimail", "veriphone", "verizonconnect", "vero_", "versioneye", "viber", "viewneo", "vimeo", "viralsweep", "virustotal", "visma",
    "visual_crossing", "visualcrossing", "vmware_", "voiceflow", "voicegain", "volcengine", "volusion", "vonage", "voodoosms", "vouched_",
    "vouchery", "voyageai", "vpnapi", "vultr", "vungle", "vwo_", "vyte", "wakatime", "walkscore", "walmart", "wandb", "wasabi_", "watson_",
    "waveapps", "weatherapi", "weatherbit", "weatherstack", "weaviate", "web3storage", "webex", "webexbot", "webflow", "weblate_", "webscraper",
    "webscraping", "wechat", "wecom", "weights_", "wepay", "wercker", "what3words", "whatcms", "whatsapp", "whereby", "whoxy", "windmill_",
    "wistia", "wit.ai", "withings", "wix_", "wiz_", "wompi", "wonderpush", "woocommerce", "woopra", "wordnik", "workable", "workato", "workday",
    "workiom", "workos", "workos_", "worksnaps", "worldcoinindex", "worldline", "worldpay", "worldweather", "wpengine", "wrike", "writer_api",
    "x2y2", "xai_", "xata_", "xboxlive", "xendit", "xero_", "xmatters", "yandex", "yelp_", "yext", "youneedabudget", "yousign", "yugabyte",
    "zapier", "zarinpal", "zendesk", "zenkit", "zenrows", "zenscrape", "zenserp", "zeplin", "zerobounce", "zeroheight", "zerossl", "zerotier",
    "zettle", "zhipu", "zilliz", "zipapi", "zipbooks", "zipcodeapi", "zipcodebase", "zipmark", "ziptax", "zitadel", "zksync", "zohocrm",
    "zonkafeedback", "zoom_", "zoominfo", "zscaler", "zulip", "zulip_", "zuora", "zuplo",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted());
    }
}
